import Foundation
import VouchModel

/// A secret that stands in evidence, by its place; its value is never kept.
struct FoundSecret: Hashable, Sendable {
  let kind: SecretKind
  /// Of its first byte, counted from the beginning of the file.
  let offset: Int
  /// 1-based.
  let line: Int
}

/// What the scanner knows the shape of.
enum SecretKind: String, CaseIterable, Sendable {
  case privateKey = "a private key"
  case awsKey = "an AWS access key with its secret"
  case githubToken = "a GitHub token"
  case gitlabToken = "a GitLab token"
  case slackToken = "a Slack token"
  case googleKey = "a Google API key"
  case oktaToken = "an Okta API token"
  case passwordHash = "a password hash of /etc/shadow"
  case jsonWebToken = "a JSON Web Token"
  case passwordInAddress = "a password in an address"

  /// Tokens of the last two kinds are often examples or long expired.
  var isCertain: Bool { self != .jsonWebToken && self != .passwordInAddress }

  /// Bytes that every secret of the kind has, and which two of them are rare in exports: those are
  /// searched for, the rest is looked at only where they stand.
  fileprivate var marks: [(text: String, rare: Int)] {
    switch self {
    case .privateKey: [("PRIVATE KEY-----", 10), ("PuTTY-User-Key-File-", 1)]
    case .awsKey: [("AKIA", 1), ("ASIA", 1)]
    case .githubToken:
      ["ghp_", "gho_", "ghs_", "ghu_", "ghr_"].map { ($0, 2) } + [("github_pat_", 5)]
    case .gitlabToken: [("glpat-", 4)]
    case .slackToken: ["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-"].map { ($0, 1) }
    case .googleKey: [("AIza", 1)]
    case .oktaToken: [("SSWS ", 1)]
    case .passwordHash: [(":$", 0)]
    case .jsonWebToken: [("eyJ", 1)]
    case .passwordInAddress: [("://", 0)]
    }
  }
}

/// Searches bytes for secrets, piece by piece.
struct SecretScanner {
  /// Longest stretch that is looked at around a mark; pieces overlap by it on both sides.
  static let reach = 1024
  /// Findings of one file after which nobody needs more.
  static let limit = 50
  private static let pieceSize = 1 << 18

  private struct Mark {
    let kind: SecretKind
    let bytes: [UInt8]
    let rare: Int
  }

  private static let marks: [Mark] = SecretKind.allCases.flatMap { kind in
    kind.marks.map { Mark(kind: kind, bytes: Array($0.text.utf8), rare: $0.rare) }
  }

  /// For each pair of bytes, as a little-endian number, which marks it is the rare one of: a bit
  /// each.
  private static let table: [UInt32] = {
    var table = [UInt32](repeating: 0, count: 1 << 16)
    for (i, mark) in marks.enumerated() {
      let pair = Int(mark.bytes[mark.rare]) | Int(mark.bytes[mark.rare + 1]) << 8
      table[pair] |= 1 << UInt32(i)
    }
    return table
  }()

  /// The secrets of a file, in the order of their places. Throws when it cannot be read.
  static func scan(file path: String) throws -> [FoundSecret] {
    let fd = open(path, O_RDONLY | O_CLOEXEC)
    guard fd >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    defer { close(fd) }
    return try scan { buffer, count in
      while true {
        let n = read(fd, buffer, count)
        if n < 0, errno == EINTR { continue }
        guard n >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        return n
      }
    }
  }

  /// - Parameter next: fills a buffer with the next bytes and returns how many, 0 at the end.
  static func scan(
    limit: Int = limit, _ next: (UnsafeMutableRawPointer, Int) throws -> Int
  ) rethrows -> [FoundSecret] {
    // Before each piece stand the last bytes of the one before, so that every mark is seen with
    // `reach` bytes on both sides unless the file ends there.
    let keep = 2 * reach
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: keep + pieceSize, alignment: 16)
    defer { buffer.deallocate() }
    var found: [FoundSecret] = []
    var start = 0
    var filled = 0
    var judged = 0
    var lines = Lines()
    while found.count < limit {
      let n = try next(buffer + filled, keep + pieceSize - filled)
      filled += n
      let bytes = UnsafeRawBufferPointer(start: buffer, count: filled)
      let end = n == 0 ? filled : max(0, filled - reach)
      var here: [(SecretKind, Int)] = []
      search(bytes, from: judged - start, to: end, limit: limit, &here)
      for (kind, at) in here.sorted(by: { $0.1 < $1.1 }) where found.count < limit {
        found.append(
          FoundSecret(kind: kind, offset: start + at, line: lines.line(of: at, in: bytes)))
      }
      if n == 0 { break }
      judged = start + end
      let drop = max(0, filled - keep)
      lines.pass(UnsafeRawBufferPointer(rebasing: bytes[..<drop]))
      memmove(buffer, buffer + drop, filled - drop)
      filled -= drop
      start += drop
    }
    return found
  }

  /// Marks whose rare pair begins in `from..<to` and that are part of a secret.
  private static func search(
    _ bytes: UnsafeRawBufferPointer, from: Int, to: Int, limit: Int,
    _ found: inout [(SecretKind, Int)]
  ) {
    let end = min(to, bytes.count - 1)
    guard from < end, let base = bytes.baseAddress else { return }
    table.withUnsafeBufferPointer { table in
      guard let table = table.baseAddress else { return }
      var at = from
      while at < end {
        let pair = base.loadUnaligned(fromByteOffset: at, as: UInt16.self)
        let hits = table[Int(UInt16(littleEndian: pair))]
        if hits != 0 { judge(hits, at, bytes, limit, &found) }
        at &+= 1
      }
    }
  }

  private static func judge(
    _ hits: UInt32, _ at: Int, _ bytes: UnsafeRawBufferPointer, _ limit: Int,
    _ found: inout [(SecretKind, Int)]
  ) {
    for (i, mark) in marks.enumerated() where hits & 1 << UInt32(i) != 0 {
      let place = at - mark.rare
      guard place >= 0, place + mark.bytes.count <= bytes.count, found.count < limit,
        bytes[place..<place + mark.bytes.count].elementsEqual(mark.bytes),
        SecretShape(bytes, place, mark.bytes.count).fits(mark.kind)
      else { continue }
      found.append((mark.kind, place))
    }
  }

  /// Counts line feeds up to a place; only files with a finding pay for it beyond one count.
  private struct Lines {
    private var before = 0

    mutating func pass(_ bytes: UnsafeRawBufferPointer) { before += Self.count(bytes) }

    func line(of at: Int, in bytes: UnsafeRawBufferPointer) -> Int {
      1 + before + Self.count(UnsafeRawBufferPointer(rebasing: bytes[..<at]))
    }

    private static func count(_ bytes: UnsafeRawBufferPointer) -> Int {
      guard let base = bytes.baseAddress else { return 0 }
      var count = 0
      var at = 0
      while at < bytes.count, let hit = memchr(base + at, 0x0A, bytes.count - at) {
        count += 1
        at = UnsafeRawPointer(hit) - base + 1
      }
      return count
    }
  }
}

/// Whether what stands around a mark has the shape of a secret.
private struct SecretShape {
  private let bytes: UnsafeRawBufferPointer
  private let at: Int
  private let after: Int

  init(_ bytes: UnsafeRawBufferPointer, _ at: Int, _ length: Int) {
    self.bytes = bytes
    self.at = at
    after = at + length
  }

  func fits(_ kind: SecretKind) -> Bool {
    switch kind {
    case .privateKey: isPrivateKey
    case .awsKey: isAWSKey
    case .githubToken: isWord(atLeast: 22, Self.isAlphanumericOrLine)
    case .gitlabToken: isWord(atLeast: 20, Self.isBase64URL)
    case .slackToken: isWord(atLeast: 20, Self.isBase64URL) && hasDigit(after..<after + 20)
    case .googleKey: isWord(exactly: 35, Self.isBase64URL)
    case .oktaToken: isWord(atLeast: 30, Self.isBase64URL)
    case .passwordHash: isPasswordHash
    case .jsonWebToken: isJSONWebToken
    case .passwordInAddress: hasPasswordInAddress
    }
  }

  // MARK: Bytes

  private static func isDigit(_ b: UInt8) -> Bool { (48...57).contains(b) }
  private static func isUpper(_ b: UInt8) -> Bool { (65...90).contains(b) }
  private static func isAlphanumeric(_ b: UInt8) -> Bool {
    isDigit(b) || isUpper(b) || (97...122).contains(b)
  }
  private static func isAlphanumericOrLine(_ b: UInt8) -> Bool { isAlphanumeric(b) || b == 0x5F }
  private static func isBase64URL(_ b: UInt8) -> Bool { isAlphanumericOrLine(b) || b == 0x2D }
  private static func isBase64(_ b: UInt8) -> Bool { isAlphanumeric(b) || b == 0x2B || b == 0x2F }

  private func run(_ from: Int, _ fits: (UInt8) -> Bool) -> Int {
    var end = from
    while end < bytes.count, end - from < SecretScanner.reach, fits(bytes[end]) { end += 1 }
    return end - from
  }

  private func byte(_ i: Int) -> UInt8? { bytes.indices.contains(i) ? bytes[i] : nil }

  private var beginsWord: Bool { !(byte(at - 1).map(Self.isAlphanumericOrLine) ?? false) }

  private func isWord(atLeast count: Int, _ fits: (UInt8) -> Bool) -> Bool {
    beginsWord && run(after, fits) >= count
  }

  private func isWord(exactly count: Int, _ fits: (UInt8) -> Bool) -> Bool {
    beginsWord && run(after, fits) == count
  }

  private func hasDigit(_ range: Range<Int>) -> Bool {
    range.contains { byte($0).map(Self.isDigit) ?? false }
  }

  private func text(_ range: Range<Int>) -> String {
    String(decoding: bytes[range.clamped(to: 0..<bytes.count)], as: UTF8.self)
  }

  // MARK: Shapes

  /// `-----BEGIN … PRIVATE KEY-----` with a line of key behind it: a mere mention has none.
  private var isPrivateKey: Bool {
    if bytes[at] == UInt8(ascii: "P"), text(at..<at + 6) == "PuTTY-" { return true }
    guard text(at - 32..<at).contains("-----BEGIN ") else { return false }
    // A line end, also as JSON or a table writes it.
    let body = text(after..<after + 160).replacing("\\r", with: "").replacing("\\n", with: "\n")
    return body.split(whereSeparator: { $0.isWhitespace }).contains {
      $0.utf8.count >= 40 && $0.utf8.prefix(40).allSatisfy(Self.isBase64)
    } || body.contains("ENCRYPTED")
  }

  /// The id alone stands in every inventory; with forty characters of secret near it, it opens.
  private var isAWSKey: Bool {
    guard beginsWord, run(after, { Self.isUpper($0) || Self.isDigit($0) }) == 16 else {
      return false
    }
    var i = after + 16
    let end = min(bytes.count, i + 300)
    while i < end {
      let length = run(i, Self.isBase64)
      if length == 40, hasDigit(i..<i + 40) { return true }
      i += max(1, length)
    }
    return false
  }

  /// `name:$6$salt$hash:…`, the second field of /etc/shadow.
  private var isPasswordHash: Bool {
    let method = run(after, Self.isAlphanumeric)
    guard (1...4).contains(method), byte(after + method) == UInt8(ascii: "$") else { return false }
    let rest = run(after + method + 1) {
      Self.isBase64($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "$")
        || $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ",")
    }
    return rest >= 30
  }

  private var isJSONWebToken: Bool {
    guard beginsWord else { return false }
    let head = run(after, Self.isBase64URL)
    guard head >= 10, byte(after + head) == UInt8(ascii: "."),
      text(after + head + 1..<after + head + 4) == "eyJ"
    else { return false }
    let body = run(after + head + 1, Self.isBase64URL)
    let end = after + head + 1 + body
    return body >= 10 && byte(end) == UInt8(ascii: ".") && run(end + 1, Self.isBase64URL) >= 20
  }

  private static let placeholders: Set<String> = [
    "password", "pass", "passwd", "secret", "redacted", "xxx", "xxxx", "xxxxx", "pw", "token",
  ]

  /// `https://user:password@host`, unless the password is a sign that it was taken out.
  private var hasPasswordInAddress: Bool {
    let length = run(after) { $0 > 0x20 && $0 < 0x7F && !"/\"'<>\\?#,;`()".utf8.contains($0) }
    let authority = text(after..<after + length)
    guard let sign = authority.lastIndex(of: "@") else { return false }
    let user = authority[..<sign].split(separator: ":", maxSplits: 1)
    guard user.count == 2 else { return false }
    let password = user[1].lowercased()
    return password.count >= 3 && !Self.placeholders.contains(password)
      && password.contains { $0.isLetter || $0.isNumber } && !password.contains("$")
      && !password.contains("{") && !password.contains("*")
  }
}
