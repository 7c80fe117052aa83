//! Names with values, as REST has them in its query string.

use async_graphql::{ID, Result};

use super::error::invalid;
use super::id;

/// Names with values.
#[derive(Clone, Debug, Default)]
pub struct Pairs(Vec<(String, String)>);

impl Pairs {
    /// Adds one.
    pub fn add(&mut self, name: &str, value: &(impl ToString + ?Sized)) {
        self.0.push((name.to_owned(), value.to_string()));
    }

    /// Adds one if there is a value.
    pub fn value(&mut self, name: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.add(name, &value);
        }
    }

    /// Adds a text if there is one. The database has no text with a NUL.
    pub fn text(&mut self, name: &str, value: Option<&str>) -> Result<()> {
        if value.is_some_and(|text| text.contains('\0')) {
            return Err(invalid(format!("`{name}` contains a NUL character")));
        }
        self.value(name, value);
        Ok(())
    }

    /// Adds the number of an object of this type, if there is an id.
    pub fn id(&mut self, name: &str, kind: &str, value: Option<&ID>) -> Result<()> {
        let number = value.map(|value| id::number(kind, value)).transpose()?;
        self.value(name, number);
        Ok(())
    }

    /// Adds what to order by.
    pub fn orders(
        &mut self,
        ascending: Option<impl Iterator<Item = &'static str>>,
        descending: Option<impl Iterator<Item = &'static str>>,
    ) {
        for name in ascending.into_iter().flatten() {
            self.add("order_by", name);
        }
        for name in descending.into_iter().flatten() {
            self.add("order_desc_by", name);
        }
    }

    /// All of them.
    pub fn all(&self) -> &[(String, String)] {
        &self.0
    }

    /// All of them.
    pub fn into_all(self) -> Vec<(String, String)> {
        self.0
    }
}
