import CLibcrypto

/// Constants of the OSCAL documents (NIST, OSCAL 1.2).
enum OSCAL {
  /// The newest version that the independent validators know; the grammar is that of 1.2.3 too.
  static let version = "1.2.1"
  /// Namespace of our own props, and of our identifiers.
  static let namespace = "urn:vouch:ns:oscal:1"
}

/// Identifiers that stay the same from run to run: UUID version 5 (RFC 9562, 5.5).
struct OSCALIdentifiers {
  /// Version 5 of the URL namespace and ``OSCAL/namespace``:
  /// 869af727-6e50-5e72-a63a-eb1f21a69781.
  static let space: [UInt8] = [
    0x86, 0x9a, 0xf7, 0x27, 0x6e, 0x50, 0x5e, 0x72, 0xa6, 0x3a, 0xeb, 0x1f, 0x21, 0xa6, 0x97, 0x81,
  ]

  let engagement: String

  /// The identifier of a thing: its kind and its local name, in parts.
  func uuid(_ kind: String, _ local: String...) -> String {
    Self.version5(Self.space, ([engagement, kind] + local).joined(separator: "\n"))
  }

  static func version5(_ space: [UInt8], _ name: String) -> String {
    var bytes = space
    bytes.append(contentsOf: name.utf8)
    var hash = [UInt8](repeating: 0, count: 20)
    EVP_Digest(bytes, bytes.count, &hash, nil, EVP_sha1(), nil)
    hash[6] = hash[6] & 0x0F | 0x50
    hash[8] = hash[8] & 0x3F | 0x80
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(36)
    for (index, byte) in hash.prefix(16).enumerated() {
      if index == 4 || index == 6 || index == 8 || index == 10 { text.append(UInt8(ascii: "-")) }
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
