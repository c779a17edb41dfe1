//! What the tests of whole programs share: a folder of their own, and what is in it.
// Each test includes this file and takes what it needs.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use lab::record::Record;

/// The file that runs lock while they begin and end: it stays.
const LOCK: &str = ".lab.lock";

/// An empty folder, gone with all that is in it when it is dropped.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        // Tests of one file have names of their own, and each file is a process.
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Every file below but the lock, hidden ones too, with its bytes; an empty folder counts as a file without any.
    pub fn contents(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut contents = BTreeMap::new();
        let mut folders = vec![self.0.clone()];
        while let Some(folder) = folders.pop() {
            let paths: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
            let paths: Vec<PathBuf> = paths.into_iter().filter(|path| !path.ends_with(LOCK)).collect();
            if paths.is_empty() && folder != self.0 {
                contents.insert(folder.strip_prefix(&self.0).unwrap().to_owned(), Vec::new());
            }
            for path in paths {
                if path.is_dir() {
                    folders.push(path);
                } else {
                    contents.insert(path.strip_prefix(&self.0).unwrap().to_owned(), fs::read(&path).unwrap());
                }
            }
        }
        contents
    }

    /// Names in the folder itself, but for the lock.
    pub fn names(&self) -> Vec<String> {
        let names = fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| name != LOCK).collect();
        names.sort();
        names
    }

    /// Names of the folders that are being written, or were.
    pub fn partial(&self) -> Vec<String> {
        self.names().into_iter().filter(|name| name.ends_with(".partial")).collect()
    }

    /// Puts something there that looks like an earlier result.
    pub fn with_earlier_results(self) -> Self {
        fs::create_dir(self.join("exp_polyak")).unwrap();
        fs::write(self.join("exp_polyak/run.json"), "earlier").unwrap();
        fs::write(self.join("index.html"), "earlier").unwrap();
        self
    }
}

impl AsRef<std::ffi::OsStr> for Folder {
    fn as_ref(&self) -> &std::ffi::OsStr {
        self.0.as_ref()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The program `name` as a user has it: its panics are not traced.
pub fn program(name: &str) -> Command {
    let mut program = Command::new(Path::new(env!("CARGO_BIN_EXE_all")).with_file_name(name));
    program.env_remove("RUST_BACKTRACE").current_dir(env!("CARGO_TARGET_TMPDIR"));
    program
}

/// Runs the program to its end in a shorter version than the short one, which proves nothing but is quick.
pub fn run_shortest(name: &str, out: &Folder) -> Output {
    let short = ["--quick", "--variables", "2", "--steps", "10", "--out"];
    succeed(program(name).args(short).arg(out))
}

/// Runs to the end, which must be a good one.
pub fn succeed(program: &mut Command) -> Output {
    let output = program.output().unwrap();
    assert!(output.status.success(), "{program:?}: {output:?}");
    output
}

/// Starts a run of minutes, and waits until it has written something. It is ended when dropped.
pub struct LongRun(pub Child);

impl LongRun {
    pub fn start(program: &mut Command, out: &Folder) -> Self {
        let mut run =
            LongRun(program.arg("--out").arg(out).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap());
        let mine = format!(".{}-0.partial", run.0.id());
        let has_begun = || {
            let folder = out.names().into_iter().find(|name| name.ends_with(&mine));
            folder.is_some_and(|name| fs::read_dir(out.join(&name)).is_ok_and(|mut files| files.next().is_some()))
        };
        let since = Instant::now();
        while !has_begun() {
            assert!(since.elapsed() < Duration::from_secs(60), "the run writes nothing");
            assert_eq!(run.0.try_wait().unwrap(), None, "the run has ended");
            std::thread::sleep(Duration::from_millis(5));
        }
        run
    }

    /// Presses Ctrl-C.
    pub fn interrupt(self) -> Output {
        self.end_by("INT")
    }

    /// Sends a signal; by the shell, since not every system has the program `kill`.
    pub fn end_by(mut self, signal: &str) -> Output {
        succeed(Command::new("sh").args(["-c", &format!("kill -{signal} {}", self.0.id())]));
        let mut stderr = String::new();
        std::io::Read::read_to_string(&mut self.0.stderr.take().unwrap(), &mut stderr).unwrap();
        Output { status: self.0.wait().unwrap(), stdout: Vec::new(), stderr: stderr.into() }
    }
}

impl Drop for LongRun {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The root of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every experiment's name and source.
pub fn experiments() -> Vec<(String, String)> {
    let files = fs::read_dir(root().join("experiments")).unwrap().map(|entry| entry.unwrap().path());
    let named = files.filter_map(|path| Some((path.file_stem()?.to_str()?.to_owned(), path)));
    let named = named.filter(|(name, _)| name.starts_with("exp_"));
    let mut all: Vec<_> = named.map(|(name, path)| (name, fs::read_to_string(path).unwrap())).collect();
    all.sort();
    assert!(!all.is_empty());
    all
}

/// The record in a folder of results.
pub fn record(folder: &Path) -> Record {
    let text = fs::read_to_string(folder.join("run.json")).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    serde_json::from_str(&text).unwrap()
}

/// The names of the files that a run with this record leaves.
pub fn expected_files(record: &Record) -> Vec<String> {
    let mut files = Vec::new();
    for figure in &record.figures {
        // A film of ours has a dark version, and no data.
        let kinds: &[&str] = if figure.film { &[".svg", "-dark.svg"] } else { &[".svg", "-dark.svg", ".png", ".csv"] };
        files.extend(kinds.iter().map(|kind| format!("{}{kind}", figure.name)));
    }
    files.push("run.json".into());
    files.sort();
    files
}
