//! The picture from which an app takes the seed of a virtual MFA device.

use data_encoding::BASE64;
use png::{BitDepth, ColorType, Encoder};
use qrcode::{Color, QrCode};
use rolecall_types::{AccountId, MfaDeviceName, Secret};
use zeroize::Zeroize;

/// The pixels of a module's side, and the modules of the border that a reader needs around a code.
/// Source: ISO/IEC 18004 asks for four.
const SCALE: usize = 4;
const BORDER: usize = 4;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub(crate) enum QrError {
    /// The text is too long for a code.
    #[error("make a QR code")]
    Code(#[from] qrcode::types::QrError),
    /// The picture could not be written.
    #[error("write a PNG")]
    Png(#[from] png::EncodingError),
}

/// What an app reads: `otpauth://totp/…`, with the seed. Source: the key URI format of Google
/// Authenticator, which all apps know.
pub(crate) fn totp_uri(
    account: &AccountId,
    device: &MfaDeviceName,
    seed: &Secret<String>,
) -> Secret<String> {
    // Names and ids hold nothing that a URI would have to escape.
    let seed = seed.expose();
    Secret::new(format!("otpauth://totp/Rolecall:{device}@{account}?secret={seed}&issuer=Rolecall"))
}

/// A text as a QR code: a PNG of black and white, in Base64.
pub(crate) fn png(text: &Secret<String>) -> Result<Secret<String>, QrError> {
    let code = QrCode::new(text.expose().as_bytes())?;
    let width = code.width();
    let modules = code.to_colors();
    let side = width.saturating_add(2 * BORDER).saturating_mul(SCALE);
    let dark = |x: usize, y: usize| {
        let place = |pixel: usize| (pixel / SCALE).checked_sub(BORDER).filter(|at| *at < width);
        place(x).zip(place(y)).is_some_and(|(x, y)| {
            modules.get(y.saturating_mul(width).saturating_add(x)) == Some(&Color::Dark)
        })
    };
    // One bit a pixel, the leftmost in the highest bit; a one is white.
    let mut pixels: Vec<u8> = (0..side)
        .flat_map(|y| (0..side.div_ceil(8)).map(move |byte| (byte, y)))
        .map(|(byte, y)| {
            (0..8).fold(0, |bits, bit| {
                bits << 1 | u8::from(!dark(byte.saturating_mul(8).saturating_add(bit), y))
            })
        })
        .collect();
    let mut file = Vec::new();
    let length = u32::try_from(side).unwrap_or(u32::MAX);
    let mut encoder = Encoder::new(&mut file, length, length);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_depth(BitDepth::One);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    let encoded = Secret::new(BASE64.encode(&file));
    pixels.zeroize();
    file.zeroize();
    Ok(encoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_the_code_with_a_border() {
        let text = Secret::new("otpauth://totp/a?secret=MFRGG".to_owned());
        let file = BASE64.decode(png(&text).unwrap().expose().as_bytes()).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        let code = QrCode::new(text.expose().as_bytes()).unwrap();
        let side = (code.width() + 2 * BORDER) * SCALE;
        assert_eq!((info.width as usize, info.height as usize), (side, side));
        let dark = |x: usize, y: usize| pixels[y * info.line_size + x / 8] & (0x80 >> (x % 8)) == 0;
        for y in 0..side {
            for x in 0..side {
                let inside = |at: usize| (at / SCALE).checked_sub(BORDER);
                let expected = match (inside(x), inside(y)) {
                    (Some(x), Some(y)) if x < code.width() && y < code.width() => {
                        code[(x, y)] == Color::Dark
                    }
                    _ => false,
                };
                assert_eq!(dark(x, y), expected, "{x} {y}");
            }
        }
    }

    #[test]
    fn an_app_finds_the_seed() {
        let account = AccountId::parse("1234567890123456").unwrap();
        let device = MfaDeviceName::new("alice.1").unwrap();
        let uri = totp_uri(&account, &device, &Secret::new("MFRGG".to_owned()));
        let expected =
            "otpauth://totp/Rolecall:alice.1@1234567890123456?secret=MFRGG&issuer=Rolecall";
        assert_eq!(uri.expose(), expected);
    }
}
