//! An experiment as a program.

use std::any::Any;
use std::cell::RefCell;
use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{ArgMatches, Command, FromArgMatches};

use crate::bench::{Lab, Voice};
use crate::error::{Result, RunError, exit_code, one_line};
use crate::flags::{self, Common};
use crate::record::Record;
use crate::run_folder::clean_up_when_interrupted;
use crate::story::Story;
use crate::terminal::{self, say};

/// The step from flags to results that every experiment makes.
type Run = dyn Fn(&ArgMatches, Voice) -> Result<(Record, PathBuf)> + Send + Sync;

/// One experiment: a name, its own source (which begins with its story), and how to run it.
pub struct Experiment {
    /// Name of the program and of its folder, `exp_` and what it is about.
    pub name: &'static str,
    /// The program's source text.
    pub source: &'static str,
    command: fn(&'static str, &str) -> Command,
    run: Box<Run>,
}

impl Experiment {
    /// The experiment `name` whose file is `source` and whose entry is `run`.
    pub fn new<A: clap::Args + 'static>(
        name: &'static str,
        source: &'static str,
        run: fn(A, &mut Lab) -> Result,
    ) -> Self {
        let run = move |matches: &ArgMatches, voice| {
            let common = Common::from_arg_matches(matches)?;
            let mut lab = Lab::open(name, &common, voice, flags::parameters::<A>(matches))?;
            // A panic is a defect; whoever runs the experiment gets a sentence and keeps the earlier results.
            catch_unwind(AssertUnwindSafe(|| run(A::from_arg_matches(matches)?, &mut lab)))
                .unwrap_or_else(|panic| Err(panicked(&*panic).into()))?;
            lab.finish()
        };
        Experiment { name, source, command: flags::command::<A>, run: Box::new(run) }
    }

    /// What the experiment asks and found, from the head of its source.
    ///
    /// # Errors
    /// When a part of the story is missing.
    pub fn story(&self) -> Result<Story> {
        Story::parse(self.source).map_err(|error| format!("{}: {error}", self.name).into())
    }

    /// Runs with its defaults but for the common flags, saying nothing.
    pub(crate) fn run_silently(&self, common: &Common) -> Result<(Record, PathBuf)> {
        let mut line = vec![self.name.into(), "--seed".into(), common.seed.to_string().into()];
        // In one word: the folder's name may begin with a dash.
        let mut out = OsString::from("--out=");
        out.push(&common.out);
        line.push(out);
        if common.quick {
            line.push("--quick".into());
        }
        (self.run)(&(self.command)(self.name, "").try_get_matches_from(line)?, Voice::Silent)
    }

    /// Runs as the command line says, aloud.
    fn run_from_command_line(&self) -> Result {
        let story = self.story()?;
        let matches = match (self.command)(self.name, &story.title).try_get_matches() {
            Ok(matches) => matches,
            Err(error) => return flags::complain(error),
        };
        say(format_args!("{}", story.title));
        let (record, folder) = (self.run)(&matches, Voice::Aloud)?;
        say(format_args!("{:.1} s; wrote", record.machine.wall_seconds));
        for figure in &record.figures {
            let kind = if figure.film { "svg" } else { "png" };
            say(format_args!("  {}", folder.join(format!("{}.{kind}", figure.name)).display()));
        }
        say(format_args!("  {}", folder.join("run.json").display()));
        Ok(())
    }
}

/// The main function of an experiment's program: `lab::main(env!("CARGO_BIN_NAME"), include_str!(..), run)`.
///
/// Exit code 0 when all went well, 2 for a mistake on the command line, 1 for any other error, 130 when interrupted.
pub fn main<A: clap::Args + 'static>(
    name: &'static str,
    source: &'static str,
    run: fn(A, &mut Lab) -> Result,
) -> ExitCode {
    exit(name, || Experiment::new(name, source, run).run_from_command_line())
}

/// Runs `work` as a whole program: one line for an error, and its exit code.
pub(crate) fn exit(name: &str, work: impl FnOnce() -> Result) -> ExitCode {
    clean_up_when_interrupted();
    // The sentence that replaces a panic's report is enough; the report is there on request.
    let report = std::env::var_os("RUST_BACKTRACE").map(|_| std::panic::take_hook());
    std::panic::set_hook(Box::new(move |panic| {
        PLACE.set(panic.location().map(place).unwrap_or_default());
        if let Some(report) = &report {
            report(panic);
        }
    }));
    let outcome = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(panicked(&*panic).into()));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::complain(format_args!("{name}: {}", one_line(&*error)));
            ExitCode::from(exit_code(&error))
        }
    }
}

thread_local! {
    /// Where this thread has panicked last.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// `file:line`, as seen from the root of the workspace, or of the registry.
fn place(location: &Location<'_>) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    let file = location.file();
    let here = root.and_then(|root| Path::new(file).strip_prefix(root).ok()?.to_str());
    let file = here.unwrap_or_else(|| file.rsplit("/registry/src/").next().unwrap_or(file));
    format!("{file}:{}", location.line())
}

/// What a panic said, and where.
fn panicked(panic: &(dyn Any + Send)) -> RunError {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let said = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    RunError::Panic { place: PLACE.take(), said }
}
