//! Logging in by a browser on this machine: the provider sends it back to a port of this program with a code, which only this program
//! can exchange for tokens (PKCE, RFC 7636; loopback port, RFC 8252).

use std::process::{Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Client, Url};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

use super::provider::{Provider, Tokens};
use crate::failure::Failure;
use crate::out;

/// How long the user has.
const PATIENCE: Duration = Duration::from_mins(5);
/// Largest head of a request that a browser sends here.
const HEAD: usize = 16 << 10;
const PATH: &str = "/callback";

/// Secrets of one attempt.
struct Attempt {
    verifier: String,
    state: String,
    redirect: String,
}

/// Opens a browser, and waits for it to come back.
pub async fn log_in(http: &Client, provider: &Provider) -> Result<Tokens, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(local)?;
    let port = listener.local_addr().map_err(local)?.port();
    let attempt = Attempt {
        verifier: format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()),
        state: Uuid::new_v4().simple().to_string(),
        redirect: format!("http://127.0.0.1:{port}{PATH}"),
    };
    let address = address(provider, &attempt)?;
    out::notice(&format!("log in with your browser: {address}"));
    open(&address);
    let code = tokio::time::timeout(PATIENCE, wait_for_code(&listener, provider, &attempt));
    let code = code.await.map_err(|_| Failure::TimedOut("nobody logged in within 5 minutes".to_owned()))??;
    let grant = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", attempt.redirect.as_str()),
        ("code_verifier", attempt.verifier.as_str()),
    ];
    Ok(provider.tokens(http, &grant).await?)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that `map_err` wants")]
fn local(error: std::io::Error) -> Failure {
    Failure::Local(format!("cannot listen for the browser: {error}"))
}

fn address(provider: &Provider, attempt: &Attempt) -> Result<Url, Failure> {
    let endpoint = provider.authorization_endpoint.as_deref().unwrap_or_default();
    // Whatever else a desktop opens, such as files and programs, nobody else decides.
    let mut url = Url::parse(endpoint)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .ok_or_else(|| Failure::Unreachable(format!("the identity provider has no such address: {endpoint}")))?;
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&attempt.verifier));
    let scope = provider.scope();
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &provider.client_id)
        .append_pair("redirect_uri", &attempt.redirect)
        .append_pair("scope", &scope)
        .append_pair("prompt", "consent")
        .append_pair("state", &attempt.state)
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256")
        .extend_pairs(provider.resource.iter().map(|resource| ("resource", resource)));
    Ok(url)
}

/// `BROWSER`, or what the desktop opens addresses with. Where neither works the user has the address.
fn open(address: &Url) {
    let browser = std::env::var("BROWSER").unwrap_or_else(|_| "xdg-open".to_owned());
    let command = Command::new(browser)
        .arg(address.as_str())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if command.is_err() {
        out::notice("no browser could be opened; open the address yourself, on this machine");
    }
}

/// Browsers also ask for icons, and other programs may knock.
async fn wait_for_code(listener: &TcpListener, provider: &Provider, attempt: &Attempt) -> Result<String, Failure> {
    loop {
        let (mut stream, _) = listener.accept().await.map_err(local)?;
        let answer = match tokio::time::timeout(Duration::from_secs(10), request(&mut stream)).await {
            Ok(Some(url)) => understood(&url, provider, attempt),
            _ => None,
        };
        match answer {
            None => respond(&mut stream, "404 Not Found", "There is nothing here.").await,
            Some(Ok(code)) => {
                respond(&mut stream, "200 OK", "You are logged in. You can close this page.").await;
                return Ok(code);
            }
            Some(Err(failure)) => {
                respond(&mut stream, "400 Bad Request", "You are not logged in; mbs-build says why.").await;
                return Err(failure);
            }
        }
    }
}

/// The address that the browser asks for.
async fn request(stream: &mut TcpStream) -> Option<Url> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut chunk = [0; 1024];
        let length = stream.read(&mut chunk).await.ok()?;
        if length == 0 || head.len() > HEAD {
            return None;
        }
        head.extend_from_slice(chunk.get(..length)?);
    }
    let line = String::from_utf8_lossy(&head).lines().next()?.to_owned();
    let path = line.strip_prefix("GET ")?.split(' ').next()?;
    Url::parse("http://127.0.0.1").ok()?.join(path).ok()
}

/// The code, if this is what the provider sent the browser here with. What was not asked for here is not looked at.
fn understood(url: &Url, provider: &Provider, attempt: &Attempt) -> Option<Result<String, Failure>> {
    let value = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    if url.path() != PATH || value("state")? != attempt.state {
        return None;
    }
    let refused = |message: String| Some(Err(Failure::Refused { status: 401, message }));
    if let Some(error) = value("error") {
        return refused(format!("the identity provider says \"{error}\""));
    }
    if value("iss").is_some_and(|issuer| issuer != provider.issuer) {
        return refused("another identity provider answered".to_owned());
    }
    value("code").map(Ok)
}

async fn respond(stream: &mut TcpStream, status: &str, text: &str) {
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    );
    // Nothing depends on whether the browser shows it.
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_answer_to_this_attempt_counts() {
        let provider = Provider {
            issuer: "https://id.example.com".into(),
            client_id: "mbs-build".into(),
            scopes: vec!["openid".into()],
            resource: None,
            authorization_endpoint: Some("https://id.example.com/auth".into()),
            device_authorization_endpoint: None,
            token_endpoint: None,
            revocation_endpoint: None,
        };
        let attempt = Attempt { verifier: "v".into(), state: "s".into(), redirect: String::new() };
        let of = |path: &str| understood(&Url::parse(&format!("http://127.0.0.1{path}")).unwrap(), &provider, &attempt);
        assert_eq!(of("/callback?code=c&state=s").unwrap().unwrap(), "c");
        for other in ["/", "/favicon.ico", "/callback?code=c", "/callback?code=c&state=x", "/x?code=c&state=s"] {
            assert!(of(other).is_none(), "{other}");
        }
        assert!(of("/callback?code=c&state=s&iss=https://evil.example.com").unwrap().is_err());
        assert!(of("/callback?error=access_denied&state=s").unwrap().is_err());
        let asked = address(&provider, &attempt).unwrap();
        assert!(asked.query().unwrap().contains("code_challenge_method=S256") && !asked.as_str().contains("=v&"));
        for opened in ["file:///usr/bin/evil.desktop", "javascript:alert(1)", "--help", ""] {
            let provider = Provider { authorization_endpoint: Some(opened.into()), ..provider.clone() };
            assert!(address(&provider, &attempt).is_err(), "{opened}");
        }
    }
}
