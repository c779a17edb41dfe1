//! A folder of results that is either the old one or the complete new one.

use std::fs;
use std::io::ErrorKind::DirectoryNotEmpty;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::{Result, Usage, file};
use crate::terminal;

/// Folders being written, to be removed when the program is interrupted.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A run's folder while it is being written: beside its final place, under a hidden name.
#[derive(Debug)]
pub(crate) struct RunFolder {
    place: PathBuf,
    partial: PathBuf,
    /// Held as long as the run lives, where folders can be locked: see [`is_abandoned`].
    _lock: Option<fs::File>,
}

impl RunFolder {
    /// Opens `<out>/.<name>.<process>.partial`, to become `<out>/<name>`.
    ///
    /// # Errors
    /// [`Usage`] when the folder cannot be made or written: the value of `--out` is to blame.
    pub(crate) fn create(out: &Path, name: &str) -> Result<Self> {
        let place = out.join(name);
        let partial = out.join(format!(".{name}.{}.partial", std::process::id()));
        let refuse = |error: std::io::Error| Usage(format!("--out {}: {error}", out.display()));
        if out.as_os_str().is_empty() {
            return Err(Usage("--out: must name a folder".into()).into());
        }
        fs::create_dir_all(out).map_err(refuse)?;
        recover(&place).map_err(refuse)?;
        sweep(out, name).map_err(refuse)?;
        unfinished().push(partial.clone());
        let mut folder = RunFolder { place, partial, _lock: None };
        if folder.partial.exists() {
            fs::remove_dir_all(&folder.partial).map_err(refuse)?;
        }
        fs::create_dir(&folder.partial).map_err(refuse)?;
        folder._lock = fs::File::open(&folder.partial).ok().filter(|file| file.try_lock().is_ok());
        Ok(folder)
    }

    /// Where files are written now.
    pub(crate) fn path(&self) -> &Path {
        &self.partial
    }

    /// Puts the folder in its place; the one that was there is gone afterwards.
    pub(crate) fn finish(self) -> Result<PathBuf> {
        // Held to the end: an interruption waits until one folder or the other is whole.
        let mut unfinished = unfinished();
        let previous = previous(&self.place);
        if self.place.exists() {
            fs::rename(&self.place, &previous).map_err(file(&self.place))?;
        }
        if let Err(error) = fs::rename(&self.partial, &self.place) {
            // The old results go back where they were before anyone hears of it.
            let _ = fs::rename(&previous, &self.place);
            return Err(file(&self.place)(error).into());
        }
        if previous.exists() {
            fs::remove_dir_all(&previous).map_err(file(&previous))?;
        }
        unfinished.retain(|path| *path != self.partial);
        Ok(self.place.clone())
    }
}

impl Drop for RunFolder {
    /// A run that did not finish leaves nothing.
    fn drop(&mut self) {
        let mut unfinished = unfinished();
        if unfinished.contains(&self.partial) {
            let _ = fs::remove_dir_all(&self.partial);
            unfinished.retain(|path| *path != self.partial);
        }
    }
}

fn previous(place: &Path) -> PathBuf {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    place.with_file_name(format!(".{name}.previous"))
}

/// Undoes a swap that a power cut has split in two.
fn recover(place: &Path) -> std::io::Result<()> {
    let previous = previous(place);
    match (place.exists(), previous.exists()) {
        (false, true) => fs::rename(previous, place),
        (true, true) => fs::remove_dir_all(previous),
        _ => Ok(()),
    }
}

/// Removes what runs of the experiment `name` have left that were killed.
fn sweep(out: &Path, name: &str) -> std::io::Result<()> {
    for entry in fs::read_dir(out)? {
        let entry = entry?;
        let file = entry.file_name().to_string_lossy().into_owned();
        let process = file.strip_prefix(&format!(".{name}.")).and_then(|rest| rest.strip_suffix(".partial"));
        if process.is_some_and(|process| is_abandoned(&entry.path(), process)) {
            // Another run may be sweeping too.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    Ok(())
}

/// Whether nobody writes this folder any more: its process is gone, and its lock is free. One alone is not enough:
/// a process in another container has no entry in this `/proc`, and some file systems cannot lock a folder.
fn is_abandoned(partial: &Path, process: &str) -> bool {
    let is_number = process.parse::<u32>().is_ok();
    let is_alive = !Path::new("/proc/self").exists() || Path::new("/proc").join(process).exists();
    is_number && !is_alive && fs::File::open(partial).is_ok_and(|folder| folder.try_lock().is_ok())
}

/// Writes a file so that a reader finds the old text or the new, never half of one.
pub(crate) fn write_whole(path: &Path, text: &str) -> Result {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}.partial", std::process::id()));
    // An interruption waits until the file is whole.
    let _unfinished = unfinished();
    fs::write(&beside, text).map_err(file(&beside))?;
    fs::rename(&beside, path).map_err(file(path))?;
    Ok(())
}

/// On Ctrl-C: removes what is half written, leaves earlier results whole, and ends the program with code 130.
pub(crate) fn clean_up_when_interrupted() {
    // Fails only when a handler is there already, and then that one does the same.
    let _ = ctrlc::set_handler(|| {
        let unfinished = unfinished();
        for path in &*unfinished {
            // The run goes on meanwhile, and may put a file into the folder that is just being emptied.
            while path.exists() && fs::remove_dir_all(path).is_err_and(|error| error.kind() == DirectoryNotEmpty) {}
        }
        terminal::complain(format_args!("\ninterrupted: earlier results are as they were"));
        std::process::exit(130);
    });
}
