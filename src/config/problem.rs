//! What is wrong with a file, shown where it is wrong.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Bytes of the file that are wrong.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub advice: Option<String>,
}

/// All that is wrong with a file. Shown, each problem is a block with line, column, the text and advice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errors {
    /// As the file is called.
    pub path: String,
    /// What it holds; empty if it could not be read.
    pub text: String,
    /// In the order of the file.
    pub problems: Vec<Problem>,
}

impl Errors {
    /// As text for a terminal.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let blocks: Vec<String> = self
            .problems
            .iter()
            .map(|problem| self.block(problem, &renderer))
            .collect();
        blocks.join("\n\n")
    }

    /// For logs and pages, one line for each problem. Of the file it shows no line, for that may hold a secret.
    pub fn lines(&self) -> String {
        let line = |problem: &Problem| {
            let before = self.text.get(..problem.span.start).unwrap_or(&self.text);
            let number = before.matches('\n').count() + 1;
            let advice = problem.advice.as_ref().map(|advice| format!("; {advice}"));
            let advice = advice.unwrap_or_default().replace('\n', " ");
            format!("{}:{number}: {}{advice}", self.path, problem.message)
        };
        self.problems.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    fn block(&self, problem: &Problem, renderer: &Renderer) -> String {
        let title = Level::ERROR.primary_title(problem.message.as_str());
        if self.text.is_empty() {
            let title = title.elements(
                problem
                    .advice
                    .iter()
                    .map(|advice| Level::HELP.message(advice.as_str())),
            );
            return renderer.render(&[title]);
        }
        let mark = AnnotationKind::Primary.span(problem.span.clone());
        let mut group = title.element(Snippet::source(&self.text).path(&self.path).annotation(mark));
        if let Some(advice) = &problem.advice {
            group = group.element(Level::HELP.message(advice.as_str()));
        }
        renderer.render(&[group])
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Errors {}

/// Collects problems while a file is read.
#[derive(Default)]
pub(super) struct Problems(pub Vec<Problem>);

impl Problems {
    pub(super) fn add(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.0.push(Problem {
            span,
            message: message.into(),
            advice: None,
        });
    }

    pub(super) fn advise(
        &mut self,
        span: Range<usize>,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) {
        self.0.push(Problem {
            span,
            message: message.into(),
            advice: Some(advice.into()),
        });
    }
}

/// The one of `names` that `wrong` most resembles, if it resembles any.
pub(super) fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    let scored = names
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&wrong, &name.to_lowercase()), name));
    scored
        .filter(|(score, _)| *score > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
