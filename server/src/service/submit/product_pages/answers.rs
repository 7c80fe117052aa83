//! What the answers of Product Pages say about a day.

use chrono::NaiveDate;
use serde_json::Value;

/// Whether the first of these tasks that the schedule has is over. A release without a schedule, or without such a task, has none
/// that is over.
pub(super) fn task_is_over(schedule: &Value, tasks: &[String], today: NaiveDate) -> Result<bool, String> {
    if schedule.is_null() {
        return Ok(false);
    }
    let wrong = || "their answer is no list of tasks with a name".to_owned();
    let entries = schedule.as_array().ok_or_else(wrong)?;
    let entries = entries.iter().map(|task| Some((normal(task.get("name")?.as_str()?), task)));
    let entries: Vec<_> = entries.collect::<Option<_>>().ok_or_else(wrong)?;
    let task = tasks.iter().find_map(|name| entries.iter().find(|(of, _)| *of == normal(name)));
    match task {
        Some((_, task)) => is_past(task.get("date_finish"), today),
        None => Ok(false),
    }
}

/// Whether the date of general availability has passed; not, where there is none.
pub(super) fn is_available(release: &Value, today: NaiveDate) -> Result<bool, String> {
    match release {
        Value::Null => Ok(false),
        Value::Object(release) => match release.get("ga_date") {
            None | Some(Value::Null) => Ok(false),
            Some(Value::String(date)) if date.is_empty() => Ok(false),
            date => is_past(date, today),
        },
        _ => Err("their answer is no release".to_owned()),
    }
}

fn is_past(date: Option<&Value>, today: NaiveDate) -> Result<bool, String> {
    let date = date.and_then(Value::as_str).unwrap_or_default();
    match NaiveDate::parse_from_str(date, "%Y-%m-%d") {
        Ok(date) => Ok(date < today),
        Err(_) => Err("a date in their answer is not like 2019-05-07".to_owned()),
    }
}

fn normal(name: &str) -> String {
    name.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2019, 9, 16).unwrap()
    }

    #[test]
    fn a_release_is_out_the_day_after_its_date() {
        for (answer, expected) in [
            (json!({"ga_date": "2019-05-07"}), Ok(true)),
            (json!({"ga_date": "2019-09-15"}), Ok(true)),
            (json!({"ga_date": "2019-09-16"}), Ok(false)),
            (json!({"ga_date": "2099-10-30"}), Ok(false)),
            (json!({"ga_date": null}), Ok(false)),
            (json!({"ga_date": ""}), Ok(false)),
            (json!({"detail": "Not found."}), Ok(false)),
            (Value::Null, Ok(false)),
        ] {
            assert_eq!(is_available(&answer, today()), expected, "{answer}");
        }
        for answer in [json!({"ga_date": "7 May"}), json!({"ga_date": 7}), json!([]), json!("x")] {
            assert!(is_available(&answer, today()).is_err(), "{answer}");
        }
    }

    #[test]
    fn the_preferred_task_decides() {
        let task = |name: &str, date: &str| json!({"name": name, "date_finish": date});
        let schedule = json!([task(" Early ", "2019-09-02"), task("GA", "2099-01-01"), task("Late", "2019-09-16")]);
        let over = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            task_is_over(&schedule, &names, today())
        };
        assert_eq!(over(&["early"]), Ok(true));
        assert_eq!(over(&["GA ", "early"]), Ok(false), "the first that there is decides");
        assert_eq!(over(&["none", "EARLY"]), Ok(true));
        assert_eq!(over(&["late"]), Ok(false));
        assert_eq!(over(&["none"]), Ok(false));
        let name = ["a".to_owned()];
        assert_eq!(task_is_over(&Value::Null, &name, today()), Ok(false));
        for answer in [json!({}), json!([1]), json!([{"name": 1}]), json!([{"name": "a"}]), json!([task("a", "soon")])]
        {
            assert!(task_is_over(&answer, &name, today()).is_err(), "{answer}");
        }
    }
}
