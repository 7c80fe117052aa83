//! Fills an empty database as the Python service would have over the years: its tables, nothing of ours, thousands or millions of
//! module builds. The same arguments always give the same rows.
//!
//! ```text
//! cargo run -p tests --bin generate_database -- sqlite:////tmp/mbs.db --builds 2200 --components 42000
//! cargo run -p tests --bin generate_database -- postgresql://mbs@localhost/mbs --builds 1000000 --components 1000000 --small
//! ```

mod base_modules;
mod components;
mod document;
mod history;
mod module;
mod names;
mod population;
mod random;
mod schema;
mod sink;
mod value;

use std::process::ExitCode;

use clap::Parser;

use crate::population::Population;
use crate::random::Random;
use crate::sink::Sink;

/// Makes a large database of the Python Module Build Service.
#[derive(Debug, Parser)]
struct Arguments {
    /// An empty database: `sqlite:////absolute/path` (made if it is missing) or `postgresql://user@host/name`.
    address: String,
    /// Rows of `module_builds`, base modules among them.
    #[arg(long, default_value_t = 2200)]
    builds: u32,
    /// Rows of `component_builds`; at most 60 a module build.
    #[arg(long, default_value_t = 42_000)]
    components: u32,
    /// Short documents (below 1 KB) and short histories, for very large databases.
    #[arg(long)]
    small: bool,
    /// Another number gives other rows.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    match generate(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("generate_database: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn generate(arguments: &Arguments) -> anyhow::Result<()> {
    let population = Population::new(arguments.builds, arguments.components, arguments.small)?;
    let mut sink = Sink::open(&arguments.address).await?;
    population.write(&mut sink, &mut Random::new(arguments.seed)).await?;
    sink.finish().await?;
    println!("{} module builds, {} components", arguments.builds, arguments.components);
    Ok(())
}
