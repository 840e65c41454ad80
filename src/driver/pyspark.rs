//! stub
use super::Compiled;
use crate::base::diag::Diag;
/// stub
pub fn emit(_compiled: &Compiled, _params: &[(String, String)]) -> Result<String, Diag> {
    Ok(String::new())
}
