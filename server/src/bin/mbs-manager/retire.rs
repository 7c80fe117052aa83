//! `retire`: shows what would be retired, asks, and does it.

use std::io::{BufRead as _, Write as _};

use entities::clock::Clock;
use server::service::retire::{self, Identifier};

use crate::start::{block_on, connect, load, operator};
use crate::upgradedb::up_to_date;

/// `retire`.
pub fn retire(identifier: &Identifier, confirmed: bool) -> anyhow::Result<()> {
    let config = load()?;
    block_on(async {
        let db = connect(&config).await?;
        up_to_date(&config, &db).await?;
        let builds = retire::find(&db, identifier).await?;
        if builds.is_empty() {
            println!("No module builds found.");
            return Ok(());
        }
        println!("Found {} module builds:", builds.len());
        for build in &builds {
            println!("  {}", build.nsvc());
        }
        if !confirmed && !asked(builds.len())? {
            println!("Module builds were NOT retired.");
            return Ok(());
        }
        retire::retire(&db, &Clock::system(), &operator(), &builds).await?;
        println!("Module builds retired.");
        Ok(())
    })
}

/// The end of the input is a no.
fn asked(number: usize) -> anyhow::Result<bool> {
    print!("Retire {number} module builds? [y/N]: ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
