//! TLS, and what is wrong with a certificate in plain words.

use std::io;
use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct,
    Error, RootCertStore, SignatureScheme,
};

use crate::cache::server::url::TlsCheck;

/// A client for the server called `host`.
///
/// # Errors
/// A sentence.
pub(super) fn client(host: &str, check: TlsCheck) -> Result<ClientConnection, String> {
    static CHECKED: OnceLock<Result<Arc<ClientConfig>, String>> = OnceLock::new();
    static UNCHECKED: OnceLock<Result<Arc<ClientConfig>, String>> = OnceLock::new();
    let config = match check {
        TlsCheck::Certificate => CHECKED.get_or_init(checked),
        TlsCheck::Nothing => UNCHECKED.get_or_init(unchecked),
    };
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| format!("{host} is no name that a certificate could have"))?;
    ClientConnection::new(config.clone()?, name).map_err(|error| words(&error))
}

/// Checks certificates against those that this machine trusts, or those in
/// the file that `SSL_CERT_FILE` names. They are read once.
fn checked() -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        let why = found.errors.first().map(|error| format!(" ({error})"));
        return Err(format!(
            "this machine has no certificates to check the server's with{}; SSL_CERT_FILE names a file that has",
            why.unwrap_or_default()
        ));
    }
    let config = builder()?.with_root_certificates(roots);
    Ok(Arc::new(config.with_no_client_auth()))
}

fn unchecked() -> Result<Arc<ClientConfig>, String> {
    let config = builder()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider())));
    Ok(Arc::new(config.with_no_client_auth()))
}

fn provider() -> CryptoProvider {
    ring::default_provider()
}

fn builder() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, String> {
    ClientConfig::builder_with_provider(Arc::new(provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())
}

/// Takes every certificate, as `#insecure` asks; that the server holds its key
/// is checked all the same.
#[derive(Debug)]
struct AnyCertificate(CryptoProvider);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            cert,
            signed,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            cert,
            signed,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// What TLS complains of in `error`; `None` if it is no error of TLS.
pub(super) fn sentence(error: &io::Error) -> Option<String> {
    error.get_ref()?.downcast_ref::<Error>().map(words)
}

fn words(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(certificate) => {
            let why = match certificate {
                CertificateError::UnknownIssuer => {
                    "is signed by nobody that this machine trusts".to_owned()
                }
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                    "has expired".to_owned()
                }
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                    "is not valid yet".to_owned()
                }
                CertificateError::NotValidForName => "is for another name".to_owned(),
                CertificateError::NotValidForNameContext {
                    expected,
                    presented,
                } => format!(
                    "is not for {}, but for {}",
                    expected.to_str(),
                    listed(presented)
                ),
                other => format!("cannot be accepted ({other})"),
            };
            format!(
                "its certificate {why}. SSL_CERT_FILE names a file of certificates to trust; \
                 #insecure at the end of the URL checks none"
            )
        }
        Error::InvalidMessage(_) | Error::InappropriateMessage { .. } => {
            "what answers does not speak TLS; redis:// is without".to_owned()
        }
        Error::AlertReceived(
            AlertDescription::CertificateRequired | AlertDescription::HandshakeFailure,
        ) => "it wants a certificate from its clients, which is not supported".to_owned(),
        other => format!("TLS failed: {other}"),
    }
}

/// The names in a certificate, as `DnsName("localhost")` and the like give them.
fn listed(presented: &[String]) -> String {
    let names: Vec<&str> = presented
        .iter()
        .map(|name| {
            let inner = name.split_once('(').map_or(&**name, |(_, inner)| inner);
            inner.trim_end_matches(')').trim_matches('"')
        })
        .collect();
    match names.as_slice() {
        [] => "nobody".to_owned(),
        names => names.join(", "),
    }
}
