import Mustache

/// Escapes text for HTML, byte by byte.
///
/// swift-mustache's own escaper reads by grapheme cluster: a quotation mark with a combining accent
/// is one character there and stays as it is, which ends the attribute it stands in. Every
/// template is registered with this content type in front instead.
struct EscapedHTML: MustacheContentType {
  /// The first line of every template, set by ``TemplateSet``.
  static let pragma = "{{% CONTENT_TYPE: VOUCH-HTML}}\n"

  /// Makes the content type known to swift-mustache, once.
  static let isRegistered: Bool = {
    MustacheContentTypes.register(EscapedHTML(), named: "VOUCH-HTML")
    return true
  }()

  func escapeText(_ text: String) -> String { Self.escaped(text) }

  static func escaped(_ text: String) -> String {
    var text = text
    let escaped: String? = text.withUTF8 { bytes in
      let extra = bytes.reduce(0) { $0 + (entity($1)?.utf8CodeUnitCount ?? 1) } - bytes.count
      guard extra > 0 else { return nil }
      return String(unsafeUninitializedCapacity: bytes.count + extra) { out in
        var at = 0
        for byte in bytes {
          if let entity = entity(byte) {
            for index in 0..<entity.utf8CodeUnitCount {
              out[at + index] = entity.utf8Start[index]
            }
            at += entity.utf8CodeUnitCount
          } else {
            out[at] = byte
            at += 1
          }
        }
        return at
      }
    }
    return escaped ?? text
  }

  private static func entity(_ byte: UInt8) -> StaticString? {
    switch byte {
    case UInt8(ascii: "<"): "&lt;"
    case UInt8(ascii: ">"): "&gt;"
    case UInt8(ascii: "&"): "&amp;"
    case UInt8(ascii: "\""): "&quot;"
    case UInt8(ascii: "'"): "&#39;"
    default: nil
    }
  }
}
