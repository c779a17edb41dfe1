//! Notebooks are made from the experiments, and made again without losing what a kernel has answered.

mod common;

use std::fs;
use std::path::Path;

use common::{Folder, program, succeed};
use serde_json::{Value, json};

/// A notebook of an experiment, with an answer below every cell of code.
fn answered(out: &Folder) -> Value {
    succeed(program("notebook").arg("--out").arg(out));
    let mut notebook = read(&out.join("exp_polyak.ipynb"));
    for (number, cell) in code(&mut notebook).into_iter().enumerate() {
        cell["outputs"] = json!([{ "output_type": "stream", "name": "stdout", "text": [format!("answer {number}")] }]);
        cell["execution_count"] = json!(number + 1);
    }
    notebook
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn write(path: &Path, notebook: &Value) {
    fs::write(path, notebook.to_string()).unwrap();
}

fn code(notebook: &mut Value) -> Vec<&mut Value> {
    let cells = notebook["cells"].as_array_mut().unwrap();
    cells.iter_mut().filter(|cell| cell["cell_type"] == "code").collect()
}

/// Makes the notebook again, over this one.
fn made_again(out: &Folder, notebook: &Value) -> Value {
    let path = out.join("exp_polyak.ipynb");
    write(&path, notebook);
    succeed(program("notebook").arg("--out").arg(out));
    read(&path)
}

/// The version in `"1"` or `{ version = "1", .. }`, or the path in `{ path = ".." }`, which leads out of `notebooks`.
fn asked_for(value: &str) -> String {
    let value = match value.split_once("path = \"") {
        Some((_, path)) => path.trim_start_matches("../"),
        None => value.split_once("version = \"").map_or(value.trim_start_matches('"'), |(_, version)| version),
    };
    value.split('"').next().unwrap().to_owned()
}

#[test]
fn a_notebook_asks_for_the_packages_of_the_experiments() {
    let manifest = fs::read_to_string(common::root().join("Cargo.toml")).unwrap();
    let section = |name: &str| {
        let (_, rest) = manifest.split_once(&format!("\n[{name}]\n")).unwrap();
        let lines = rest.lines().take_while(|line| !line.starts_with('['));
        lines.filter_map(|line| line.split_once(" = ")).collect::<Vec<_>>()
    };
    let shared = section("workspace.dependencies");
    let of_workspace = |name: &str| shared.iter().find(|other| other.0 == name).unwrap().1;
    let expected = section("dependencies").into_iter().map(|(name, value)| match name.strip_suffix(".workspace") {
        Some(name) => (name.to_owned(), asked_for(of_workspace(name))),
        None => (name.to_owned(), asked_for(value)),
    });
    let mut expected: Vec<_> = expected.collect();

    let cells = lab::notebook::cells("exp_x", "//! # T\n\npub fn run() {\n    f();\n\n    Ok(())\n}\n").unwrap();
    let setup =
        cells.iter().find_map(|cell| if let lab::notebook::Cell::Code(text) = cell { Some(text) } else { None });
    let lines = setup.unwrap().lines().filter_map(|line| line.strip_prefix(":dep ")?.split_once(" = "));
    let mut found: Vec<_> = lines.map(|(name, value)| (name.to_owned(), asked_for(value))).collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn every_experiment_has_one() {
    let out = Folder::new("each");
    succeed(program("notebook").arg("--out").arg(&out));
    let expected: Vec<String> = common::experiments().iter().map(|(name, _)| format!("{name}.ipynb")).collect();
    assert_eq!(out.names(), expected);
}

#[test]
fn answers_below_unchanged_cells_are_kept() {
    let out = Folder::new("answers");
    let notebook = answered(&out);
    assert!(made_again(&out, &notebook) == notebook);

    let mut other_text = notebook.clone();
    other_text["cells"][0]["source"] = json!(["another story"]);
    assert!(made_again(&out, &other_text) == notebook, "text does not decide what code answers");
}

#[test]
fn answers_from_the_first_changed_cell_on_are_dropped() {
    let out = Folder::new("changed");
    let notebook = answered(&out);
    let count = code(&mut notebook.clone()).len();
    for changed in [0, count / 2, count - 1] {
        let mut other = notebook.clone();
        code(&mut other)[changed]["source"] = json!(["let x = 1;"]);
        let mut expected = notebook.clone();
        for cell in &mut code(&mut expected)[changed..] {
            cell["outputs"] = json!([]);
            cell["execution_count"] = Value::Null;
        }
        assert!(made_again(&out, &other) == expected, "cell {changed} of {count}");
    }
}

#[test]
fn a_check_writes_nothing_and_fails_when_cells_differ() {
    let out = Folder::new("check");
    let mut notebook = answered(&out);
    let path = out.join("exp_polyak.ipynb");
    write(&path, &notebook);
    let check = || program("notebook").args(["--check", "--out"]).arg(&out).output().unwrap();
    assert!(check().status.success());

    code(&mut notebook)[1]["source"] = json!(["let x = 1;"]);
    write(&path, &notebook);
    let before = out.contents();
    let output = check();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.lines().count() == 1 && said.contains("exp_polyak.ipynb differs"), "{said}");
    assert_eq!(out.contents(), before);
}
