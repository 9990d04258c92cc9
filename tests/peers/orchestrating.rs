//! Charts that `hreg orchestrate` puts together, held against Helm: each result passes `helm lint`,
//! `helm template`, `helm dependency list` and `helm package`, and renders what its plan says.

mod caicloud;
mod families;
#[path = "../../src/plan/tests/random.rs"]
mod families_of_values;
mod moving;
mod odd;
mod random;
mod real;
mod source;
mod workshop;
