//! What an experiment says about itself: the `//!` head of its source.

mod excerpt;
pub mod number;

pub use excerpt::excerpt;
pub use number::Number;

/// The head of an experiment's source, part by part, as Markdown with `$..$` and `$$..$$` formulas.
///
/// ```
/// let source = "\
/// //! # Does it fall?
/// //! **Question.** How long does a stone fall from 10 m?
/// //! **Maths.** $h = g t^2 / 2$.
/// //! **Figure.** Height over time.
/// //! **Finding.** It lands after 1.43 s.
/// fn main() {}";
/// let story = lab::story::Story::parse(source)?;
/// assert_eq!(story.title, "Does it fall?");
/// assert!(story.finding_numbers()[0].matches(1.4278));
/// # Ok::<(), lab::story::StoryError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// The question as a title, from the `# ` line.
    pub title: String,
    /// What is asked.
    pub question: String,
    /// The formulas behind it.
    pub maths: String,
    /// What each figure shows.
    pub figure: String,
    /// What came out, with numbers.
    pub finding: String,
}

/// A part of a [`Story`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The `# ` line.
    Title,
    /// `**Question.**`
    Question,
    /// `**Maths.**`
    Maths,
    /// `**Figure.**`
    Figure,
    /// `**Finding.**`
    Finding,
}

impl Part {
    /// The parts that a marker opens, in the order in which they are told.
    const MARKED: [Part; 4] = [Part::Question, Part::Maths, Part::Figure, Part::Finding];

    /// What the source has to say for the part to begin.
    pub fn marker(self) -> &'static str {
        match self {
            Part::Title => "# ",
            Part::Question => "**Question.**",
            Part::Maths => "**Maths.**",
            Part::Figure => "**Figure.**",
            Part::Finding => "**Finding.**",
        }
    }
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}`", self.marker().trim_end())
    }
}

/// What is wrong with the head of an experiment's source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoryError {
    /// The source does not begin with `//!` lines.
    #[error("the source does not begin with a `//!` block that tells its story")]
    NoHead,
    /// The part is not there.
    #[error("the story lacks {0}")]
    Missing(Part),
    /// The part is there and says nothing.
    #[error("the story's {0} says nothing")]
    Empty(Part),
    /// The part begins twice.
    #[error("the story has {0} twice")]
    Repeated(Part),
    /// The part comes before the one that should precede it.
    #[error("the story's {0} comes too early: title, question, maths, figure, finding")]
    OutOfOrder(Part),
    /// Text that belongs to no part: it stands between the title and the question.
    #[error("the story says something before {part}: {text:?}", part = Part::Question)]
    Stray {
        /// That text.
        text: String,
    },
}

impl Story {
    /// Reads the story from the source of an experiment.
    ///
    /// The head is the first run of `//!` lines; blank lines and ordinary comments may stand before it.
    ///
    /// # Errors
    /// [`StoryError`] names the part that is missing, empty, repeated or out of order.
    pub fn parse(source: &str) -> Result<Story, StoryError> {
        let head = head(source).ok_or(StoryError::NoHead)?;
        let (title, rest) = split_title(&head)?;

        let mut starts = [0; Part::MARKED.len()];
        for (start, part) in starts.iter_mut().zip(Part::MARKED) {
            let mut found = rest.match_indices(part.marker());
            *start = found.next().ok_or(StoryError::Missing(part))?.0;
            if found.next().is_some() {
                return Err(StoryError::Repeated(part));
            }
        }
        if let Some(early) = (1..starts.len()).find(|&i| starts[i] < starts[i - 1]) {
            return Err(StoryError::OutOfOrder(Part::MARKED[early]));
        }
        let before = rest[..starts[0]].trim();
        if !before.is_empty() {
            return Err(StoryError::Stray { text: before.to_owned() });
        }

        let text = |i: usize| {
            let end = starts.get(i + 1).copied().unwrap_or(rest.len());
            let text = rest[starts[i] + Part::MARKED[i].marker().len()..end].trim();
            if text.is_empty() {
                return Err(StoryError::Empty(Part::MARKED[i]));
            }
            Ok(text.to_owned())
        };
        Ok(Story { title: title.to_owned(), question: text(0)?, maths: text(1)?, figure: text(2)?, finding: text(3)? })
    }

    /// The numbers that the finding states, in the order of its text.
    ///
    /// Code spans and formulas are not read. See [`number::numbers`] for what counts as a number.
    pub fn finding_numbers(&self) -> Vec<Number> {
        number::numbers(&self.finding)
    }
}

/// The text of the first run of `//!` lines, without the slashes.
fn head(source: &str) -> Option<String> {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let is_before = |line: &str| line.is_empty() || (line.starts_with("//") && !line.starts_with("//!"));
    let lines: Vec<&str> = source
        .lines()
        .map(str::trim)
        .skip_while(|line| is_before(line))
        .map_while(|line| line.strip_prefix("//!"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// The title and what follows it.
fn split_title(head: &str) -> Result<(&str, &str), StoryError> {
    let head = head.trim_start();
    let missing = StoryError::Missing(Part::Title);
    let after = head.strip_prefix('#').ok_or(missing.clone())?;
    let (title, rest) = after.split_once('\n').unwrap_or((after, ""));
    if title.trim().is_empty() {
        return Err(StoryError::Empty(Part::Title));
    }
    // `#[..]` and `##` are something else.
    let title = title.strip_prefix(' ').ok_or(missing)?;
    Ok((title.trim(), rest))
}
