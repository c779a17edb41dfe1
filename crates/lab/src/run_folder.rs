//! A folder of results that is either the old one or the complete new one.

use std::fs;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::{Result, RunError, Usage, file};
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
    /// Opens `<out>/.<name>.<process>-<number>.partial`, to become `<out>/<name>`.
    ///
    /// # Errors
    /// [`Usage`] when the folder cannot be made or written: the value of `--out` is to blame.
    pub(crate) fn create(out: &Path, name: &str) -> Result<Self> {
        let refuse = |error: Error| Usage(format!("--out {}: {error}", out.display()));
        if out.as_os_str().is_empty() {
            return Err(Usage("--out: must name a folder".into()).into());
        }
        fs::create_dir_all(out).map_err(refuse)?;
        let _alone = alone_in(out);
        let place = out.join(name);
        recover(&place).map_err(refuse)?;
        sweep(out, name).map_err(refuse)?;
        loop {
            let partial = out.join(format!(".{name}.{}.partial", number()));
            // What is there already belongs to somebody.
            let mut unfinished = unfinished();
            match fs::create_dir(&partial) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                made => made.map_err(refuse)?,
            }
            unfinished.push(partial.clone());
            let lock = fs::File::open(&partial).ok().filter(|file| file.try_lock().is_ok());
            return Ok(RunFolder { place, partial, _lock: lock });
        }
    }

    /// Where files are written now.
    pub(crate) fn path(&self) -> &Path {
        &self.partial
    }

    /// Puts the folder in its place; the one that was there is gone afterwards.
    ///
    /// # Errors
    /// When its place cannot be taken. The complete folder is [kept](RunFolder::keep) then, and the error says where.
    pub(crate) fn finish(self) -> Result<PathBuf> {
        let out = self.place.parent().unwrap_or(Path::new(""));
        let alone = alone_in(out);
        // Held to the end: an interruption waits until one folder or the other is whole.
        let mut unfinished = unfinished();
        match swap(&self.partial, &self.place) {
            Ok(()) => {
                unfinished.retain(|path| *path != self.partial);
                Ok(self.place.clone())
            }
            Err(source) => {
                drop((unfinished, alone));
                let place = self.place.display().to_string();
                Err(RunError::Place { place, source, kept: self.keep().display().to_string() }.into())
            }
        }
    }

    /// Keeps the folder as `<out>/.<name>.failed`, in the place of an older one, and says where it is.
    pub(crate) fn keep(self) -> PathBuf {
        let _alone = alone_in(self.place.parent().unwrap_or(Path::new("")));
        let mut unfinished = unfinished();
        unfinished.retain(|path| *path != self.partial);
        let failed = hidden(&self.place, "failed");
        let _ = fs::remove_dir_all(&failed);
        if fs::rename(&self.partial, &failed).is_ok() { failed } else { self.partial.clone() }
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

/// `<process>-<number>`, another one at every call.
fn number() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// While it is held, no other run begins or ends in `out`; nothing where files cannot be locked. To be taken before
/// [`unfinished`], so that an interruption need not wait for another process.
fn alone_in(out: &Path) -> Option<fs::File> {
    let file = fs::File::options().create(true).truncate(false).write(true).open(out.join(".lab.lock")).ok()?;
    file.lock().ok()?;
    Some(file)
}

/// `.<name>.<what>` beside `<name>`.
fn hidden(place: &Path, what: &str) -> PathBuf {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    place.with_file_name(format!(".{name}.{what}"))
}

/// Renames `partial` to `place`, and removes what was there; an error leaves both as they were.
fn swap(partial: &Path, place: &Path) -> std::io::Result<()> {
    if !place.exists() {
        return fs::rename(partial, place);
    }
    // A name that is free: one that is taken belongs to results that could not be removed.
    let mut aside = (0..).map(|n| hidden(place, &format!("{n}.previous")));
    let aside = aside.find(|path| !path.exists()).expect("some number is free");
    fs::rename(place, &aside)?;
    if let Err(error) = fs::rename(partial, place) {
        // The old results go back where they were before anyone hears of it.
        let _ = fs::rename(&aside, place);
        return Err(error);
    }
    // What cannot be removed is hidden, and the next run tries again.
    let _ = fs::remove_dir_all(aside);
    Ok(())
}

/// Undoes a swap that a power cut has split in two, and removes results that were replaced.
fn recover(place: &Path) -> std::io::Result<()> {
    let Some(out) = place.parent() else { return Ok(()) };
    for (aside, _) in leftovers(out, &place.file_name().unwrap_or_default().to_string_lossy(), "previous")? {
        if place.exists() {
            let _ = fs::remove_dir_all(aside);
        } else {
            fs::rename(aside, place)?;
        }
    }
    Ok(())
}

/// Removes what writers of `<out>/<name>` have left that were killed.
fn sweep(out: &Path, name: &str) -> std::io::Result<()> {
    for (path, writer) in leftovers(out, name, "partial")? {
        if is_abandoned(&path, &writer) {
            // Another run may be sweeping too.
            let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        }
    }
    Ok(())
}

/// Every `<out>/.<name>.<number>.<what>` with its number.
fn leftovers(out: &Path, name: &str, what: &str) -> std::io::Result<Vec<(PathBuf, String)>> {
    let (before, after) = (format!(".{name}."), format!(".{what}"));
    let mut found = Vec::new();
    for entry in fs::read_dir(out)? {
        let entry = entry?;
        let file = entry.file_name().to_string_lossy().into_owned();
        if let Some(number) = file.strip_prefix(&before).and_then(|rest| rest.strip_suffix(&after)) {
            found.push((entry.path(), number.to_owned()));
        }
    }
    Ok(found)
}

/// Whether nobody writes this any more: its process is gone, and its lock is free. One alone is not enough: a process
/// in another container has no entry in this `/proc`, and some file systems cannot lock a folder.
fn is_abandoned(partial: &Path, writer: &str) -> bool {
    let Some((process, number)) = writer.split_once('-') else { return false };
    let (Ok(process), Ok(_)) = (process.parse::<u32>(), number.parse::<usize>()) else { return false };
    let is_alive = if process == std::process::id() {
        // In a container, one process after the other may have this number.
        unfinished().iter().any(|path| path == partial)
    } else {
        !Path::new("/proc/self").exists() || Path::new("/proc").join(process.to_string()).exists()
    };
    !is_alive && fs::File::open(partial).is_ok_and(|file| file.try_lock().is_ok())
}

/// Writes a file so that a reader finds the old text or the new, never half of one.
pub(crate) fn write_whole(path: &Path, text: &str) -> Result {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = hidden(path, &format!("{}.partial", number()));
    let _ = sweep(path.parent().unwrap_or(Path::new("")), &name);
    // An interruption waits until the file is whole.
    let _unfinished = unfinished();
    fs::write(&beside, text).map_err(file(&beside))?;
    fs::rename(&beside, path).map_err(file(path))?;
    Ok(())
}

/// On Ctrl-C, and where the system asks the program to end: removes what is half written, leaves earlier results whole, and ends the program with code 130.
pub(crate) fn clean_up_when_interrupted() {
    // Fails only when a handler is there already, and then that one does the same.
    let _ = ctrlc::set_handler(|| {
        let unfinished = unfinished();
        for path in &*unfinished {
            // The run goes on meanwhile, and may put a file into the folder that is just being emptied.
            while path.exists()
                && fs::remove_dir_all(path).is_err_and(|error| error.kind() == ErrorKind::DirectoryNotEmpty)
            {
            }
        }
        terminal::complain(format_args!("\ninterrupted: earlier results are as they were"));
        std::process::exit(130);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn out(name: &str) -> PathBuf {
        let out = std::env::temp_dir().join(format!("lab_run_folder_{name}.{}", std::process::id()));
        let _ = fs::remove_dir_all(&out);
        out
    }

    #[test]
    fn two_runs_of_one_process_have_a_folder_each() {
        let out = out("two");
        let (first, second) = (RunFolder::create(&out, "x").unwrap(), RunFolder::create(&out, "x").unwrap());
        assert_ne!(first.path(), second.path());
        fs::write(second.path().join("second"), "").unwrap();
        second.finish().unwrap();
        fs::write(first.path().join("first"), "").unwrap();
        let place = first.finish().unwrap();
        assert!(place.join("first").exists() && !place.join("second").exists());
        fs::remove_dir_all(out).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn runs_that_begin_while_others_end_do_not_take_a_swap_for_one_cut_in_two() {
        let out = out("together");
        let run = || {
            for _ in 0..100 {
                let folder = RunFolder::create(&out, "x").unwrap();
                fs::write(folder.path().join("run.json"), "{}").unwrap();
                folder.finish().unwrap();
            }
        };
        std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(run))));
        assert!(out.join("x/run.json").exists());
        assert_eq!(fs::read_dir(&out).unwrap().count(), 2, "the results and the lock");
        fs::remove_dir_all(out).unwrap();
    }

    #[test]
    fn a_partial_folder_of_our_own_number_is_swept_unless_it_is_ours() {
        let out = out("own");
        let ours = RunFolder::create(&out, "x").unwrap();
        // Left by a process that had the same number, as happens in containers.
        let left = out.join(format!(".x.{}-4294967295.partial", std::process::id()));
        fs::create_dir(&left).unwrap();
        let other = RunFolder::create(&out, "x").unwrap();
        assert!(ours.path().exists() && other.path().exists() && !left.exists());
        drop((ours, other));
        fs::remove_dir_all(out).unwrap();
    }

    #[test]
    fn results_that_cannot_be_put_in_their_place_are_kept_and_named() {
        let out = out("kept");
        let mut folder = RunFolder::create(&out, "x").unwrap();
        folder.place = out.join("missing/x");
        let partial = folder.path().to_owned();
        fs::write(partial.join("run.json"), "{}").unwrap();
        let error = folder.finish().unwrap_err().to_string();
        assert!(error.contains("missing/x") && error.contains(&partial.display().to_string()), "{error}");
        assert!(partial.join("run.json").exists());
        fs::remove_dir_all(out).unwrap();
    }

    #[test]
    fn results_that_could_not_be_removed_are_in_nobodys_way() {
        let out = out("previous");
        let place = out.join("x");
        for text in ["first", "second", "third"] {
            let folder = RunFolder::create(&out, "x").unwrap();
            fs::write(folder.path().join("text"), text).unwrap();
            folder.finish().unwrap();
            assert_eq!(fs::read_to_string(place.join("text")).unwrap(), text);
            // A file is nothing that can be removed as a folder.
            fs::write(hidden(&place, "0.previous"), "").unwrap();
        }
        fs::remove_dir_all(out).unwrap();
    }

    #[test]
    fn a_failed_run_takes_the_place_of_an_older_one() {
        let out = out("failed");
        for text in ["old", "new"] {
            let folder = RunFolder::create(&out, "x").unwrap();
            fs::write(folder.path().join("text"), text).unwrap();
            let kept = folder.keep();
            assert_eq!(kept, out.join(".x.failed"));
            assert_eq!(fs::read_to_string(kept.join("text")).unwrap(), text);
        }
        assert_eq!(fs::read_dir(&out).unwrap().count(), 2, "the folder and the lock");
        fs::remove_dir_all(out).unwrap();
    }
}
