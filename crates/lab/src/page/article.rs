//! One experiment on the page.

use std::fmt::Write as _;

use serde_json::Value;

use super::picture::Picture;
use super::text::{escape, number, prose, title};
use super::{Entry, PageError};
use crate::record::{Claim, Record, Speed};

/// The question first, what came out next, then what it rests on.
pub(crate) fn article(entry: &Entry, pictures: &[Picture<'_>]) -> Result<String, PageError> {
    let Entry { story, record, .. } = entry;
    let name = &record.experiment;
    let quick = if record.quick { "<span class=\"quick\">quick run</span>" } else { "" };
    let mut out = format!(
        "<article id=\"{name}\" aria-labelledby=\"title-{name}\">\n\
         <p class=\"name\"><a href=\"#{name}\">{name}</a>{quick}</p>\n\
         <h2 id=\"title-{name}\">{title}</h2>\n\
         <div class=\"lede prose\">{question}</div>\n\
         <section class=\"finding\">\n<h3>Finding</h3>\n<div class=\"prose\">{finding}</div>\n{claims}</section>\n\
         <section class=\"figures\">\n<h3>{figures}</h3>\n<div class=\"prose\">{figure}</div>\n</section>\n",
        title = title(entry)?,
        question = prose(entry, "question", &story.question)?,
        finding = prose(entry, "finding", &story.finding)?,
        claims = claims(&record.claims),
        figures = if pictures.len() == 1 { "Figure" } else { "Figures" },
        figure = prose(entry, "figure", &story.figure)?,
    );
    for picture in pictures {
        out.push_str(&picture.figure(entry)?);
    }
    let _ = write!(
        out,
        "<section class=\"maths\">\n<h3>Maths</h3>\n<div class=\"prose\">{}</div>\n</section>\n\
         <section class=\"record\">\n<h3>Record</h3>\n{}</section>\n</article>\n",
        prose(entry, "maths", &story.maths)?,
        recorded(record, &Picture::href(entry, "run.json")),
    );
    Ok(out)
}

fn claims(claims: &[Claim]) -> String {
    if claims.is_empty() {
        return String::new();
    }
    let mut out = String::from("<ul class=\"claims\" aria-label=\"Checked claims\">\n");
    for Claim { sentence, holds } in claims {
        let (class, said, path) = match holds {
            true => ("holds", "Holds: ", "M3 8.5l3.2 3.2L13 4.5"),
            false => ("fails", "Does not hold: ", "M4 4l8 8M12 4l-8 8"),
        };
        let _ = writeln!(
            out,
            "<li class=\"{class}\"><svg viewBox=\"0 0 16 16\" aria-hidden=\"true\"><path d=\"{path}\"/></svg>\
             <span><span class=\"unseen\">{said}</span>{}</span></li>",
            escape(sentence)
        );
    }
    out.push_str("</ul>\n");
    out
}

/// How to run it, what it recorded, what it measured here, and where it comes from.
fn recorded(record: &Record, file: &str) -> String {
    let quick = if record.quick { " -- --quick" } else { "" };
    let mut out =
        format!("<pre class=\"run\"><code>cargo run --release --bin {}{quick}</code></pre>\n", record.experiment);
    let exact = |value: f64| format!("<td title=\"{value:?}\">{}</td>", number(value));
    let rows: Vec<_> = record.numbers.iter().map(|(k, &v)| (k, exact(v))).collect();
    out.push_str(&table("Recorded numbers", "", &rows));

    let free = |value| format!("<td class=\"free\">{}</td>", escape(&setting(value)));
    let rows: Vec<_> = record.parameters.iter().map(|(k, v)| (k, free(v))).collect();
    out.push_str(&table("Parameters", "", &rows));

    let machine = &record.machine;
    let speed = |speed: &Speed| format!("{}<td class=\"unit\">{}</td>", exact(speed.value), escape(&speed.unit));
    let rows: Vec<_> = record.speeds.iter().map(|(k, v)| (k, speed(v))).collect();
    let on = match machine.processor.as_str() {
        "" => "this machine".to_owned(),
        processor => format!("this machine ({})", escape(processor)),
    };
    let built = match machine.profile.as_str() {
        "" => String::new(),
        profile => format!(", compiled as {}", escape(profile)),
    };
    let note = format!("<p class=\"here\">Measured on {on}{built}. Another machine gives other values.</p>\n");
    out.push_str(&table("Speeds on this machine", &note, &rows));

    let commit = match machine.commit.strip_suffix("-dirty") {
        Some(commit) => format!("commit {commit} with changes"),
        None if machine.commit.is_empty() => "made outside a checkout".to_owned(),
        None => format!("commit {}", machine.commit),
    };
    let parts = [
        commit,
        format!("version {}", machine.version),
        machine.rustc.clone(),
        machine.profile.clone(),
        machine.platform.clone(),
        machine.processor.clone(),
        format!("seed {}", record.seed),
        format!("{:.1} s", machine.wall_seconds),
    ];
    let parts = parts.iter().filter(|part| !part.is_empty());
    let spans: Vec<_> = parts.map(|part| format!("<span>{}</span>", escape(part))).collect();
    let _ =
        writeln!(out, "<p class=\"provenance\">{} <span><a href=\"{file}\">run.json</a></span></p>", spans.join(" "));
    out
}

/// A parameter's value as one would say it.
fn setting(value: &Value) -> String {
    match value {
        Value::Null => "not set".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(setting).collect::<Vec<_>>().join(", "),
        value => value.to_string(),
    }
}

/// A table that opens on demand; nothing when it has no rows. `rows` are a name and its cells.
fn table(title: &str, note: &str, rows: &[(&String, String)]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut out =
        format!("<details>\n<summary>{title} <span>{}</span></summary>\n{note}<table class=\"numbers\">\n", rows.len());
    for (name, cells) in rows {
        let _ = writeln!(out, "<tr><th scope=\"row\">{}</th>{cells}</tr>", escape(name));
    }
    out.push_str("</table>\n</details>\n");
    out
}
