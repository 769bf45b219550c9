import CLibcrypto
import Foundation
import VouchModel

/// Replaces values by salted digests, wherever and however they are written.
///
/// A value's key is HMAC-SHA256(salt, value), and its digest SHA-256(key, value): who holds the
/// salt can prove a single value by giving its key away, and no other value with it.
struct Redactor: Sendable {
  /// 32 random bytes that stay outside of the package.
  let salt: [UInt8]
  /// Digest by value.
  private(set) var digests: [String: Digest] = [:]
  /// Ways in which the values may be written, by their first three bytes, longest first.
  private var forms: [UInt32: [Form]] = [:]

  private struct Form: Sendable {
    let bytes: [UInt8]
    let token: [UInt8]
    /// A short value, or one of letters and digits only, counts only where it is a word of its own.
    let isWord: Bool
  }

  /// Values shorter than this cannot be told from the rest of a text.
  static let shortest = 3
  /// Values from this length on are replaced inside of longer words too.
  private static let wordLimit = 6

  init(salt: [UInt8]) { self.salt = salt }

  /// `redacted-3f9a12bc4d5e`: letters, digits and a hyphen, which every format takes.
  static func token(_ digest: Digest) -> String { "redacted-\(digest.short)" }

  mutating func add(_ value: String) {
    guard value.utf8.count >= Self.shortest, digests[value] == nil else { return }
    let digest = digest(of: value)
    digests[value] = digest
    let token = Array(Self.token(digest).utf8)
    // A plain word such as "backup" is part of other words, of names in SQL among them.
    let isPlain = value.utf8.allSatisfy(Self.isLetter)
    for written in Self.written(value) {
      let bytes = Array(written.utf8)
      insert(Form(bytes: bytes, token: token, isWord: isPlain || bytes.count < Self.wordLimit))
    }
  }

  /// A digest that was made of a value, unsalted, and would let anybody try out guesses: it is
  /// replaced by as many digits of a salted one.
  mutating func add(digits: String, isAlone: Bool) {
    let bytes = Array(digits.utf8)
    let token = Array(digest(of: digits).hex.utf8.prefix(bytes.count))
    insert(Form(bytes: bytes, token: token, isWord: isAlone))
  }

  private mutating func insert(_ form: Form) {
    let key = Self.key(form.bytes, at: 0)
    if forms[key]?.contains(where: { $0.bytes == form.bytes }) == true { return }
    forms[key, default: []].append(form)
    forms[key]?.sort { $0.bytes.count > $1.bytes.count }
  }

  // MARK: Digests

  private func digest(of value: String) -> Digest {
    .sha256(hmac(salt, Array(value.utf8)) + Array(value.utf8))
  }

  /// The key that proves one value: see `data/redaction/README.txt`.
  func key(of value: String) -> String {
    hmac(salt, Array(value.utf8)).map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }

  private func hmac(_ key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    var out = [UInt8](repeating: 0, count: 32)
    var length: UInt32 = 32
    _ = HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &out, &length)
    return out
  }

  // MARK: How a value may be written

  private static func written(_ value: String) -> Set<String> {
    var all: Set<String> = []
    for text in [value, value.lowercased()] {
      let xml = text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
        .replacing(">", with: "&gt;")
      all.formUnion([
        text, xml, xml.replacing("\"", with: "&quot;").replacing("'", with: "&#39;"),
        xml.replacing("\"", with: "&quot;").replacing("'", with: "&apos;"),
        xml.replacing("\"", with: "&#34;").replacing("'", with: "&#39;"),
        String(JSONText.quoted(text).dropFirst().dropLast()),
        text.replacing("\"", with: "\"\""), text.replacing("'", with: "''"),
        text.replacing("\n", with: " "), PopulationDigest.key(text), percent(text),
      ])
      // As a file's name in the package has it.
      if text.utf8.count >= wordLimit {
        all.insert(
          String(
            text.map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "_" }
          ))
      }
    }
    return all.filter { $0.utf8.count >= shortest }
  }

  private static func percent(_ text: String) -> String {
    text.addingPercentEncoding(
      withAllowedCharacters: .alphanumerics.union(.init(charactersIn: "-._~")))
      ?? text
  }

  // MARK: Replacing

  private static func key(_ bytes: [UInt8], at offset: Int) -> UInt32 {
    UInt32(bytes[offset]) << 16 | UInt32(bytes[offset + 1]) << 8 | UInt32(bytes[offset + 2])
  }

  /// - Returns: the text with every value replaced, and how many were.
  func redacted(_ bytes: [UInt8]) -> (bytes: [UInt8], count: Int) {
    guard bytes.count >= Self.shortest else { return (bytes, 0) }
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    var at = 0
    var copied = 0
    var count = 0
    let last = bytes.count - Self.shortest
    while at <= last {
      if let candidates = forms[Self.key(bytes, at: at)],
        let form = candidates.first(where: { Self.matches($0, bytes, at: at) })
      {
        out.append(contentsOf: bytes[copied..<at])
        out.append(contentsOf: form.token)
        at += form.bytes.count
        copied = at
        count += 1
      } else {
        at += 1
      }
    }
    out.append(contentsOf: bytes[copied...])
    return (out, count)
  }

  func redacted(_ text: String) -> String {
    String(decoding: redacted(Array(text.utf8)).bytes, as: UTF8.self)
  }

  /// Whether a value still stands somewhere in the bytes.
  func remains(in bytes: [UInt8]) -> Bool {
    guard bytes.count >= Self.shortest else { return false }
    for at in 0...bytes.count - Self.shortest {
      if forms[Self.key(bytes, at: at)]?.contains(where: { Self.matches($0, bytes, at: at) })
        ?? false
      {
        return true
      }
    }
    return false
  }

  private static func matches(_ form: Form, _ bytes: [UInt8], at offset: Int) -> Bool {
    let end = offset + form.bytes.count
    guard end <= bytes.count else { return false }
    for index in form.bytes.indices where bytes[offset + index] != form.bytes[index] {
      return false
    }
    guard form.isWord else { return true }
    return (offset == 0 || !isLetter(bytes[offset - 1]))
      && (end == bytes.count || !isLetter(bytes[end]))
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
      true
    default: false
    }
  }
}
