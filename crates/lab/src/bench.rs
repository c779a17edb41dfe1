//! The bench that an experiment works at: it takes figures, numbers and claims.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::time::Instant;

use serde_json::Value;

use crate::animation::Animation;
use crate::error::{Result, RunError, file};
use crate::figure::{self, Figure};
use crate::flags::Common;
use crate::progress::Progress;
use crate::provenance;
use crate::record::{Claim, FORMAT, FigureRecord, Machine, Record, Speed};
use crate::run_folder::RunFolder;
use crate::terminal::say;

/// Takes what an experiment has to show: figures, numbers, claims and speeds.
///
/// What is recorded with [`record`](Lab::record) must come out the same wherever the same command runs; what depends
/// on the machine goes to [`measure`](Lab::measure).
#[derive(Debug)]
pub struct Lab {
    name: String,
    common: Common,
    voice: Voice,
    /// Whether a claim that does not hold makes the run fail.
    binding: bool,
    parameters: BTreeMap<String, Value>,
    numbers: BTreeMap<String, f64>,
    claims: Vec<Claim>,
    figures: Vec<FigureRecord>,
    speeds: BTreeMap<String, Speed>,
    folder: Option<RunFolder>,
    machine: Machine,
    started: Instant,
    /// Held by every run of this process, so that one of them can [be alone](Lab::measure_alone).
    at_work: Option<RwLockReadGuard<'static, ()>>,
}

static AT_WORK: RwLock<()> = RwLock::new(());

fn at_work() -> RwLockReadGuard<'static, ()> {
    AT_WORK.read().unwrap_or_else(PoisonError::into_inner)
}

/// How a run is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Voice {
    /// Alone on the terminal: everything.
    Aloud,
    /// One of several: nothing; somebody else reports.
    Silent,
    /// In a notebook: claims as text, figures below their cell, and no folder.
    Notebook,
}

impl Lab {
    /// A reference, for a function that takes one: in an experiment `lab` is a reference, in its notebook it is a value.
    pub fn by_ref(&mut self) -> &mut Lab {
        self
    }

    /// Opens the run folder of the experiment `name`.
    pub(crate) fn open(
        name: &str,
        common: &Common,
        voice: Voice,
        (parameters, binding): (BTreeMap<String, Value>, bool),
    ) -> Result<Lab> {
        let folder = RunFolder::create(&common.out, name)?;
        let (machine, at_work) = (provenance::machine(), Some(at_work()));
        let lab = Lab::bare(name, common.clone(), voice);
        Ok(Lab { parameters, binding, folder: Some(folder), machine, at_work, ..lab })
    }

    /// The bench in a notebook: figures appear below their cells and nothing is written.
    pub fn notebook(name: &str) -> Lab {
        Lab::bare(name, crate::flags::defaults(), Voice::Notebook)
    }

    fn bare(name: &str, common: Common, voice: Voice) -> Lab {
        Lab {
            name: name.to_owned(),
            common,
            voice,
            binding: true,
            parameters: BTreeMap::new(),
            numbers: BTreeMap::new(),
            claims: Vec::new(),
            figures: Vec::new(),
            speeds: BTreeMap::new(),
            folder: None,
            machine: Machine::default(),
            started: Instant::now(),
            at_work: None,
        }
    }

    /// Whether to be quick: the same story with less to wait for.
    pub fn quick(&self) -> bool {
        self.common.quick
    }

    /// Seed of every random number of the run.
    pub fn seed(&self) -> u64 {
        self.common.seed
    }

    /// Says what is being done, when anyone listens.
    pub fn say(&self, what: &str) {
        if self.voice == Voice::Aloud {
            say(format_args!("{what}"));
        }
    }

    /// A bar for a loop of `total` steps; call [`Progress::step`] in it.
    pub fn progress(&self, what: &str, total: usize) -> Progress {
        Progress::new(what, total, self.voice == Voice::Aloud)
    }

    /// Records a number that must come out the same everywhere.
    ///
    /// # Errors
    /// When it is not finite, or the name is taken.
    pub fn record(&mut self, name: &str, value: f64) -> Result {
        insert(&mut self.numbers, name, value, value)
    }

    /// Records y for every x of a series, as `<name> at <x>`.
    ///
    /// # Errors
    /// As [`record`](Lab::record).
    pub fn record_series(&mut self, name: &str, points: &[(f64, f64)]) -> Result {
        points.iter().try_for_each(|(x, y)| self.record(&format!("{name} at {x}"), *y))
    }

    /// Puts a sentence of the finding to the test. A run with the story's own parameters in which one does not hold
    /// fails at its end.
    ///
    /// # Errors
    /// When the sentence was claimed before; in a notebook, when it does not hold.
    pub fn claim(&mut self, sentence: &str, holds: bool) -> Result {
        if self.claims.iter().any(|claim| claim.sentence == sentence) {
            return Err(RunError::Twice(sentence.into()).into());
        }
        self.claims.push(Claim { sentence: sentence.into(), holds });
        if self.voice != Voice::Silent {
            say(format_args!("  {} {sentence}", if holds { "✓" } else { "✗" }));
        }
        if self.voice == Voice::Notebook && !holds {
            return Err(RunError::Claim(sentence.into()).into());
        }
        Ok(())
    }

    /// Records a speed: true of this machine only, never claimed.
    ///
    /// # Errors
    /// As [`record`](Lab::record).
    pub fn measure(&mut self, name: &str, value: f64, unit: &str) -> Result {
        insert(&mut self.speeds, name, value, Speed { value, unit: unit.into() })?;
        if self.voice == Voice::Aloud {
            say(format_args!("  {name}: {value:.4} {unit}"));
        }
        Ok(())
    }

    /// Records the speed that `work` finds while no other experiment of this process runs: it waits until each of
    /// them has ended, or wants to be alone too.
    ///
    /// # Errors
    /// As [`record`](Lab::record).
    pub fn measure_alone(&mut self, name: &str, unit: &str, work: impl FnOnce() -> f64) -> Result {
        // First of all it does not count as running itself: two of them would wait for each other.
        let was_at_work = self.at_work.take().is_some();
        let alone = AT_WORK.write().unwrap_or_else(PoisonError::into_inner);
        let value = work();
        drop(alone);
        self.at_work = was_at_work.then(at_work);
        self.measure(name, value, unit)
    }

    /// Records the least time of `repeats` runs of `work`, in microseconds, taken alone; the time, in microseconds.
    ///
    /// # Errors
    /// As [`record`](Lab::record).
    pub fn measure_least(&mut self, name: &str, repeats: usize, mut work: impl FnMut()) -> Result<f64> {
        let mut least = f64::INFINITY;
        self.measure_alone(name, "µs", || {
            for _ in 0..repeats.max(1) {
                let start = Instant::now();
                work();
                least = least.min(1e6 * start.elapsed().as_secs_f64());
            }
            least
        })?;
        Ok(least)
    }

    /// Draws a figure: SVG for light and dark ground, PNG, and the CSV of its points.
    ///
    /// # Errors
    /// When it cannot be drawn or written.
    pub fn figure(&mut self, figure: Figure) -> Result {
        self.check_free(&figure.name)?;
        match &self.folder {
            // The folder is there, unless an interruption has just removed it; then it stays away.
            Some(folder) => drop(figure.save_into(folder.path())?),
            None => figure.evcxr_display(),
        }
        let Figure { name, title, caption, source, .. } = figure;
        self.figures.push(FigureRecord { name, title, caption, source, film: false });
        Ok(())
    }

    /// Shows a film like a figure: `<name>.svg`, and `<name>-dark.svg` when it has a [dark
    /// version](Animation::dark). `title` says in one line what it shows, `caption` what to see in it.
    ///
    /// # Errors
    /// When the name is no figure's name or taken, or the film cannot be made or written.
    pub fn film(&mut self, name: &str, title: &str, caption: &str, film: Animation) -> Result {
        figure::check_name(name)?;
        self.check_free(name)?;
        let svg = film.svg()?;
        if let Some(folder) = &self.folder {
            let mut files = vec![(format!("{name}.svg"), svg)];
            if let Some(dark) = film.on_dark() {
                files.push((format!("{name}-dark.svg"), dark.svg()?));
            }
            for (name, svg) in files {
                let path = folder.path().join(name);
                std::fs::write(&path, svg).map_err(file(&path))?;
            }
        } else {
            figure::show_in_notebook(&svg);
        }
        let [name, title, caption] = [name, title, caption].map(String::from);
        self.figures.push(FigureRecord { name, title, caption, source: String::new(), film: true });
        Ok(())
    }

    fn check_free(&self, name: &str) -> Result {
        let is_taken = self.figures.iter().any(|other| other.name == name);
        if is_taken { Err(RunError::Twice(name.into()).into()) } else { Ok(()) }
    }

    /// Writes `run.json` and puts the folder in its place.
    pub(crate) fn finish(self) -> Result<(Record, PathBuf)> {
        let record = Record {
            format: FORMAT,
            experiment: self.name,
            parameters: self.parameters,
            seed: self.common.seed,
            quick: self.common.quick,
            numbers: self.numbers,
            claims: self.claims,
            figures: self.figures,
            speeds: self.speeds,
            machine: Machine { wall_seconds: self.started.elapsed().as_secs_f64(), ..self.machine },
        };
        let folder = self.folder.expect("only a notebook has no folder, and it does not finish");
        let path = folder.path().join("run.json");
        let text = serde_json::to_string_pretty(&record)? + "\n";
        std::fs::write(&path, text).map_err(file(&path))?;
        let sentences: Vec<String> = record.claims.iter().filter(|c| !c.holds).map(|c| c.sentence.clone()).collect();
        if self.binding && !sentences.is_empty() {
            // Its figures are what one has to look at now.
            let kept = folder.keep().display().to_string();
            return Err(RunError::Claims { sentences, kept }.into());
        }
        Ok((record, folder.finish()?))
    }
}

/// Keeps `entry`, whose number is `value`, under a name of its own.
fn insert<T>(entries: &mut BTreeMap<String, T>, name: &str, value: f64, entry: T) -> Result {
    if !value.is_finite() {
        return Err(RunError::NotFinite { name: name.into(), value }.into());
    }
    match entries.insert(name.into(), entry) {
        None => Ok(()),
        Some(_) => Err(RunError::Twice(name.into()).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Panel;

    #[test]
    fn a_folder_that_an_interruption_has_removed_stays_away() {
        let out = std::env::temp_dir().join(format!("lab_bench.{}", std::process::id()));
        let common = Common { out: out.clone(), ..crate::flags::defaults() };
        let mut lab = Lab::open("x", &common, Voice::Silent, (BTreeMap::new(), true)).unwrap();
        let folder = lab.folder.as_ref().unwrap().path().to_owned();
        std::fs::remove_dir(&folder).unwrap();
        assert!(lab.figure(Figure::new("a", "").panel(Panel::new(""))).is_err());
        let film = Animation::new("", [1.0, 1.0], 1.0);
        assert!(lab.film("b", "", "", film).is_err());
        assert!(!folder.exists());
        drop(lab);
        std::fs::remove_dir_all(out).unwrap();
    }
}
