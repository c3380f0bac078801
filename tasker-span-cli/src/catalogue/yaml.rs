//! `Yaml`: a document of YAML in block style, with each text in double quotes, as JSON writes it.

/// A value. Keys keep their order.
pub(super) enum Yaml {
    Map(Vec<(&'static str, Yaml)>),
    List(Vec<Yaml>),
    Text(String),
}

impl Yaml {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The text of a map or a list that is not empty.
    pub(super) fn document(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, 0);
        text
    }

    /// The lines of the value, of which the first is indented already.
    fn write(&self, text: &mut String, indent: usize) {
        match self {
            Self::Map(pairs) => {
                for (index, (key, value)) in pairs.iter().enumerate() {
                    start(text, index, indent);
                    text.push_str(key);
                    text.push(':');
                    value.write_after(text, indent);
                }
            }
            Self::List(values) => {
                for (index, value) in values.iter().enumerate() {
                    start(text, index, indent);
                    text.push_str("- ");
                    value.write_item(text, indent);
                }
            }
            Self::Text(value) => {
                // JSON's escapes are YAML's, too.
                text.push_str(&serde_json::Value::from(value.as_str()).to_string());
                text.push('\n');
            }
        }
    }

    /// After `key:`.
    fn write_after(&self, text: &mut String, indent: usize) {
        match self {
            Self::Map(pairs) if pairs.is_empty() => text.push_str(" {}\n"),
            Self::List(values) if values.is_empty() => text.push_str(" []\n"),
            Self::Text(_) => {
                text.push(' ');
                self.write(text, 0);
            }
            Self::Map(_) | Self::List(_) => {
                text.push('\n');
                text.push_str(&" ".repeat(indent + 2));
                self.write(text, indent + 2);
            }
        }
    }

    /// After `- `.
    fn write_item(&self, text: &mut String, indent: usize) {
        match self {
            Self::Map(pairs) if pairs.is_empty() => text.push_str("{}\n"),
            Self::List(values) if values.is_empty() => text.push_str("[]\n"),
            value => value.write(text, indent + 2),
        }
    }
}

fn start(text: &mut String, index: usize, indent: usize) {
    if index > 0 {
        text.push_str(&" ".repeat(indent));
    }
}
