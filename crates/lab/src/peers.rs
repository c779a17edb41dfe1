//! Other people's solvers, run beside ours.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::figure::{Hue, Panel};
use crate::{Lab, Result};

/// What Python's solvers make of the race problem, see `scripts/race_peers.py`.
const RACE: &str = include_str!("../../../scripts/race_peers.py");

/// What was measured, and what was not.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Peers {
    /// Each solver, once for each number of intervals.
    pub peers: Vec<Peer>,
    /// What could not be measured.
    pub missing: Vec<Missing>,
}

/// A solver on one problem.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Peer {
    /// Its name.
    pub name: String,
    /// How it holds the limits.
    pub holds: String,
    /// Number of intervals.
    pub size: usize,
    /// The problem from rest, when it converged there.
    pub cold: Option<Cold>,
    /// Loops with its smallest unit of work at each sample.
    pub step: Option<Loops>,
    /// Loops in which it converges at each sample.
    pub converged: Option<Loops>,
}

/// A solution from rest.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Cold {
    /// Least time, ms.
    pub ms: f64,
    /// Iterations, as it counts them.
    pub iterations: f64,
    /// Cost of the plan.
    pub cost: f64,
    /// By how much the plan breaks its dynamics or a limit.
    pub violation: f64,
}

/// A loop without disturbance and one with, where the state stayed finite.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Loops {
    /// Without.
    pub undisturbed: Option<Loop>,
    /// With.
    pub disturbed: Option<Loop>,
}

/// A loop; of each sample the least time of several repetitions counts.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Loop {
    /// Median time of a sample, µs.
    pub median_us: f64,
    /// 99th percentile of the time of a sample, µs.
    pub p99_us: f64,
    /// Cost of what the plant did.
    pub cost: f64,
    /// Largest |x|, m.
    pub farthest: f64,
    /// Iterations of a sample, the mean.
    pub iterations: f64,
    /// Samples in which it did not reach its tolerance.
    pub failed: f64,
}

/// A solver that was not measured.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Missing {
    /// Its name.
    pub name: String,
    /// Number of intervals, unless it is missing for all.
    pub size: Option<usize>,
    /// Why, in a line.
    pub why: String,
}

impl Loop {
    /// A loop of these times of its samples (µs); the percentiles are NumPy's.
    pub fn of_times(times: &[f64]) -> Loop {
        let mut sorted = times.to_vec();
        sorted.sort_by(f64::total_cmp);
        let percentile = |share: f64| {
            let at = share * (sorted.len().max(1) - 1) as f64;
            let [low, high] = [at.floor(), at.ceil()].map(|i| sorted.get(i as usize).copied().unwrap_or(0.0));
            low + at.fract() * (high - low)
        };
        Loop { median_us: percentile(0.5), p99_us: percentile(0.99), ..Loop::default() }
    }
}

impl Peers {
    fn none(why: impl Into<String>) -> Peers {
        Peers { peers: Vec::new(), missing: vec![Missing { name: "all of them".into(), size: None, why: why.into() }] }
    }

    /// Draws a line for each solver: what it has of something, over the number of intervals. A solver has the same colour in every panel.
    pub fn draw(&self, panel: Panel, of: impl Fn(&Peer) -> Option<f64>) -> Panel {
        let mut names: Vec<&str> = Vec::new();
        for peer in &self.peers {
            if !names.contains(&&*peer.name) {
                names.push(&peer.name);
            }
        }
        names.iter().zip(Hue::ORDER).fold(panel, |panel, (name, hue)| {
            let own = self.peers.iter().filter(|peer| peer.name == *name);
            let points: Vec<_> = own.filter_map(|peer| Some((peer.size as f64, of(peer)?))).collect();
            if points.is_empty() { panel } else { panel.line_markers(*name, points).hue(hue) }
        })
    }

    /// Records all of it as speeds, and says what was not measured. Costs too are true of this machine only: of what it has installed.
    ///
    /// # Errors
    /// As [`Lab::measure`].
    pub fn measure(&self, lab: &mut Lab) -> Result {
        for Missing { name, size, why } in &self.missing {
            let size = size.map(|n| format!(", N = {n}")).unwrap_or_default();
            lab.say(&format!("  not measured: {name}{size}: {why}"));
        }
        for Peer { name, holds, size, cold, step, converged } in &self.peers {
            let name = format!("{name} ({holds}), N = {size}");
            if let Some(Cold { ms, iterations, cost, violation }) = cold {
                for (what, value, unit) in [
                    ("time", ms, "ms"),
                    ("iterations", iterations, ""),
                    ("cost", cost, ""),
                    ("violation", violation, ""),
                ] {
                    lab.measure(&format!("{name}, from nothing: {what}"), *value, unit)?;
                }
            }
            for (discipline, loops) in [("one step", step), ("to convergence", converged)] {
                let Some(Loops { undisturbed, disturbed }) = loops else { continue };
                for (which, of) in [("undisturbed", undisturbed), ("disturbed", disturbed)] {
                    let Some(Loop { median_us, p99_us, cost, farthest, iterations, failed }) = of else { continue };
                    for (what, value, unit) in [
                        ("median", median_us, "µs"),
                        ("99th percentile", p99_us, "µs"),
                        ("cost", cost, ""),
                        ("farthest place", farthest, "m"),
                        ("iterations of a sample", iterations, ""),
                        ("samples that failed", failed, ""),
                    ] {
                        lab.measure(&format!("{name}, {discipline}, {which}: {what}"), *value, unit)?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// Lets the solvers that the Python on the search path has do the race: for each number of intervals a plan that loops begin with, at each
/// knot (x, v, θ, ω, u). `say` gets lines about the progress; it takes minutes.
///
/// What cannot be measured, Python itself included, is not an error: it is told in [`Peers::missing`].
pub fn race(plans: &[(usize, Vec<[f64; 5]>)], mut say: impl FnMut(&str)) -> Peers {
    let sizes: Vec<String> = plans.iter().map(|(size, _)| size.to_string()).collect();
    let by_size: serde_json::Map<_, _> =
        plans.iter().map(|(n, plan)| (n.to_string(), serde_json::json!(plan))).collect();
    let mut python = Command::new("python3");
    python.args(["-c", RACE, "--plans", "--sizes", &sizes.join(",")]);
    let child = python.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut child) = child else { return Peers::none("there is no python3 on the search path") };
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let text = serde_json::Value::Object(by_size).to_string();
    // Each pipe has a reader or writer of its own: none of them waits for another.
    let printed = std::thread::scope(|scope| {
        scope.spawn(|| stdin.map(|mut pipe| pipe.write_all(text.as_bytes())));
        let printed = scope.spawn(|| {
            let mut printed = String::new();
            stdout.map(|mut pipe| pipe.read_to_string(&mut printed));
            printed
        });
        let lines = stderr.into_iter().flat_map(|pipe| BufReader::new(pipe).lines().map_while(std::result::Result::ok));
        lines.for_each(|line| say(&line));
        printed.join().unwrap_or_default()
    });
    let ended = child.wait().is_ok_and(|status| status.success());
    match serde_json::from_str(&printed) {
        Ok(peers) if ended => peers,
        _ => Peers::none("python3 did not run the script to its end"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_lie_between_samples() {
        let times: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        let of = Loop::of_times(&times);
        assert!((of.median_us - 100.5).abs() < 1e-9 && (of.p99_us - 198.01).abs() < 1e-9, "{of:?}");
        assert_eq!(Loop::of_times(&[]), Loop::default());
    }

    #[test]
    fn what_is_measured_and_what_is_not_is_read() {
        let text = r#"{"versions": {}, "peers": [{"name": "a", "holds": "bounds", "size": 50, "cold": null, "step": {"undisturbed":
            {"median_us": 1, "p99_us": 2, "cost": 3, "farthest": 0.5, "iterations": 1.0, "failed": 0, "repeats": 5}, "disturbed": null}}],
            "missing": [{"name": "b", "size": 20, "why": "No module named 'b'"}]}"#;
        let Peers { peers, missing } = serde_json::from_str(text).unwrap();
        let step = peers[0].step.as_ref().unwrap();
        assert_eq!(step.undisturbed.as_ref().map(|of| of.p99_us), Some(2.0));
        assert_eq!((&step.disturbed, &peers[0].converged, missing[0].size), (&None, &None, Some(20)));
        let all = Peers { peers, missing };
        let panel = all.draw(Panel::new(""), |peer| Some(peer.step.as_ref()?.undisturbed.as_ref()?.cost));
        assert_eq!(panel.series[0].points, [(50.0, 3.0)]);
        assert!(all.draw(Panel::new(""), |peer| Some(peer.cold.as_ref()?.ms)).series.is_empty());
    }
}
