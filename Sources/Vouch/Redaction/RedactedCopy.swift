import Foundation
import GRDB
import VouchModel
import VouchPackages

/// A second package for an audience that may not see everything: values replaced by salted
/// digests, raw evidence left out, and what ties it to the full package.
struct RedactedCopy {
  /// What was written.
  struct Receipt: Sendable {
    let folder: String
    let archive: String
    let tagManifest: Digest
    /// Values that were replaced, and the places where they stood.
    let values: Int
    let places: Int
    /// The file with the salt: it stays outside.
    let saltFile: String
  }

  private let full: String
  private let policy: RedactionPolicy
  private var redactor: Redactor
  private let saltFile: String
  private let fullDigest: Digest
  private let name: String

  /// - Parameters:
  ///   - full: the folder of the full package.
  ///   - output: where the copy and the salt go.
  init(of full: String, policy: RedactionPolicy, output: String) throws {
    self.full = full
    self.policy = policy
    name = (full as NSString).lastPathComponent + "-redacted"
    saltFile = "\(output)/\(name).salt"
    redactor = Redactor(salt: try Self.salt(saltFile))
    fullDigest = .sha256(try Self.bytes("\(full)/tagmanifest-sha256.txt"))
    try gather()
  }

  /// Taken from an earlier copy, so that the same input gives the same bytes; else made.
  private static func salt(_ path: String) throws -> [UInt8] {
    if let text = try? String(contentsOfFile: path, encoding: .utf8) {
      if let digest = Digest(hex: text.trimmingCharacters(in: .whitespacesAndNewlines)) {
        return stride(from: 0, to: 64, by: 2).compactMap { at in
          UInt8(digest.hex.dropFirst(at).prefix(2), radix: 16)
        }
      }
      throw Refusal(
        .data, Diagnostic("redact.salt", .error, at: path, "is no salt: 64 digits in hexadecimal"))
    }
    var generator = SystemRandomNumberGenerator()
    let salt = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let hex = salt.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    guard
      FileManager.default.createFile(
        atPath: path, contents: Data((hex + "\n").utf8), attributes: [.posixPermissions: 0o600])
    else {
      throw Refusal(.io, Diagnostic("redact.salt", .error, at: path, "cannot be written"))
    }
    return salt
  }

  private static func bytes(_ path: String) throws -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw Refusal(.noInput, Diagnostic("redact.io", .error, at: path, "cannot be read"))
    }
    return Array(data)
  }

  // MARK: What is replaced

  private mutating func gather() throws {
    for word in policy.words { redactor.add(word) }
    try gatherColumns()
    try gatherMatches()
    try gatherDigests()
    if redactor.digests.isEmpty {
      throw Refusal(
        .data,
        Diagnostic(
          "redact.nothing", .error, at: full, "no value of the policy is in the package",
          why: "a copy that leaves nothing out is no redacted one",
          fix: "check the policy's columns and patterns"))
    }
  }

  private mutating func gatherColumns() throws {
    var configuration = GRDB.Configuration()
    configuration.readonly = true
    let queue = try DatabaseQueue(
      path: "\(full)/data/reperform/records.sqlite", configuration: configuration)
    var short: [String] = []
    for (type, column) in policy.columns {
      let values = try queue.read { db in
        try String.fetchAll(
          db,
          sql:
            "SELECT DISTINCT CAST(\(column) AS TEXT) FROM \(type) WHERE \(column) IS NOT NULL AND typeof(\(column)) = 'text'"
        )
      }
      for value in values where !value.isEmpty {
        if value.utf8.count < Redactor.shortest {
          short.append("\(type).\(column)")
        } else {
          redactor.add(value)
        }
      }
    }
    if !short.isEmpty {
      throw Refusal(
        .data,
        Set(short).sorted().map {
          Diagnostic(
            "redact.short", .error, at: $0, "has values of one or two characters",
            why: "they cannot be told from the rest of a text, so they cannot be replaced",
            fix: "leave the column out of the policy")
        })
    }
  }

  private mutating func gatherMatches() throws {
    let patterns = policy.patterns.compactMap { try? Regex($0) }
    if patterns.isEmpty { return }
    // The records have texts that stand on no page and in no workpaper.
    for text in try recordTexts() {
      for pattern in patterns {
        for match in text.matches(of: pattern) { redactor.add(String(text[match.range])) }
      }
    }
    for path in try texts() {
      let text = String(decoding: try Self.bytes("\(full)/\(path)"), as: UTF8.self)
      for pattern in patterns {
        for match in text.matches(of: pattern) { redactor.add(String(text[match.range])) }
      }
    }
  }

  private func recordTexts() throws -> [String] {
    var configuration = GRDB.Configuration()
    configuration.readonly = true
    let queue = try DatabaseQueue(
      path: "\(full)/data/reperform/records.sqlite", configuration: configuration)
    return try queue.read { db in
      let tables = try String.fetchAll(
        db, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      var texts: [String] = []
      for table in tables {
        for column in try db.columns(in: table).map(\.name) {
          texts += try String.fetchAll(
            db,
            sql:
              "SELECT DISTINCT \"\(column)\" FROM \"\(table)\" WHERE typeof(\"\(column)\") = 'text'"
          )
        }
      }
      return texts
    }
  }

  /// Ids of rows and digests of populations are made of the items' keys without salt, so anybody
  /// could try out guesses on them.
  private mutating func gatherDigests() throws {
    let check = try JSON.parse(try Self.bytes("\(full)/data/check.json"))
    for control in check["controls"].elements {
      for item in control["items"].elements {
        guard let key = item["item"].string, redactor.redacted(key) != key else { continue }
        redactor.add(digits: String(Digest.sha256(key).hex.prefix(8)), isAlone: true)
      }
    }
    let document = String(decoding: try Self.bytes("\(full)/data/xml/package.xml"), as: UTF8.self)
    for match in document.matches(of: /population-digest="([0-9a-f]{64})"/) {
      redactor.add(digits: String(match.1), isAlone: true)
    }
  }

  // MARK: Files

  /// Files that are not taken over: what cannot be read as text, and what quotes raw evidence.
  private static func isLeftOut(_ path: String) -> Bool {
    path.hasPrefix("data/rendered/") || path.hasPrefix("data/oscal-json/")
      || path.hasSuffix(".xlsx")
      || path.hasPrefix("data/xml/") && !path.hasPrefix("data/xml/package.")
  }

  private static func isEvidence(_ path: String) -> Bool {
    path.hasPrefix("data/evidence/") && path != PackageLayout.ledger
  }

  private func paths() throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: full).sorted().filter { path in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: "\(full)/\(path)", isDirectory: &isFolder)
        && !isFolder.boolValue && !Self.isLeftOut(path)
        && (path.hasPrefix("data/") || path == PackageLayout.start)
    }
  }

  private func texts() throws -> [String] {
    try paths().filter { !Self.isEvidence($0) && $0 != PackageLayout.records }
  }

  func write(
    to output: String, seal: ([UInt8]) throws -> [PackageFile] = { _ in [] }
  ) throws -> Receipt {
    let scratch = try ScratchFolder()
    let records = scratch.path + "/records.sqlite"
    try redactRecords(to: records)
    let manifest = try Manifest(full: full)
    var places = 0
    let info = try info()
    let written = try PackageCopy.write(name: name, to: output, info: info, seal: seal) { add in
      for path in try paths() {
        let target = redactor.redacted(path)
        if path == PackageLayout.records {
          try add(target, .file(records))
          continue
        }
        if Self.isEvidence(path) {
          try add(target, .bytes(Array(manifest.stub(path, shown: target).utf8)))
          continue
        }
        var bytes = try Self.bytes("\(full)/\(path)")
        if path.hasSuffix(".html"), path.hasPrefix("data/") == false || isPage(path) {
          bytes = Array(marked(String(decoding: bytes, as: UTF8.self), path: path).utf8)
        }
        let (redacted, count) = redactor.redacted(bytes)
        places += count
        try add(target, .bytes(redacted))
      }
      for (path, text) in try proof(manifest) { try add(path, .bytes(Array(text.utf8))) }
    }
    try refuseLeftovers(in: written.folder)
    return Receipt(
      folder: written.folder, archive: written.archive, tagManifest: written.tagManifest,
      values: redactor.digests.count, places: places, saltFile: saltFile)
  }

  private func isPage(_ path: String) -> Bool {
    !path.hasPrefix("data/reperform/") && !path.hasPrefix("data/evidence/")
  }

  private func redactRecords(to path: String) throws {
    try FileManager.default.copyItem(
      atPath: "\(full)/data/reperform/records.sqlite", toPath: path)
    let redactor = redactor
    let queue = try DatabaseQueue(path: path)
    let redact = DatabaseFunction("redact", argumentCount: 1, pure: true) { values in
      guard case .string(let text) = values[0].storage else { return values[0] }
      return redactor.redacted(text)
    }
    try queue.write { db in
      db.add(function: redact)
      let tables = try String.fetchAll(
        db, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      for table in tables {
        let columns = try db.columns(in: table).map(\.name)
        let list = columns.map { "\"\($0)\" = redact(\"\($0)\")" }.joined(separator: ", ")
        try db.execute(sql: "UPDATE \"\(table)\" SET \(list)")
      }
    }
    try queue.vacuum()
    try queue.close()
  }

  /// Nothing is released in which a value still stands.
  private func refuseLeftovers(in folder: String) throws {
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder).sorted() {
      guard let data = FileManager.default.contents(atPath: "\(folder)/\(path)"),
        redactor.remains(in: Array(data)) || redactor.remains(in: Array(path.utf8))
      else { continue }
      try? FileManager.default.removeItem(atPath: folder)
      try? FileManager.default.removeItem(atPath: folder + ".zip")
      throw Refusal(
        .data,
        Diagnostic(
          "redact.left", .error, at: redactor.redacted(path),
          "a value that was to be replaced still stands in this file",
          why: "the copy is not released with it", fix: "report this; the full package is whole"))
    }
  }

  // MARK: What the copy says of itself

  /// A page with the notice on top, and its links to what is left out led to the explanation.
  private func marked(_ html: String, path: String) -> String {
    let depth = path.split(separator: "/").count - 2
    let base = depth < 0 ? "data/" : String(repeating: "../", count: depth)
    let about = "\(base)redaction/README.txt"
    let notice =
      "<p class=\"notice\"><strong>REDACTED COPY.</strong> <span>Values are replaced by salted digests and raw evidence is left out. The full package has the tag-manifest digest <code>\(fullDigest.hex)</code>. <a href=\"\(about)\">What this copy shows, and what not</a></span></p>\n"
    var out = html.replacing("<main id=\"main\">", with: "<main id=\"main\">\n\(notice)")
    out = out.replacing(/href="([^"#]*)(#[^"]*)?"/) { match in
      let parts = match.1.split(separator: "/").filter { $0 != ".." }.map(String.init)
      let inData = (parts.first == "data" ? Array(parts.dropFirst()) : parts).joined(
        separator: "/")
      return Self.isLeftOut("data/\(inData)") ? "href=\"\(about)\"" : String(match.0)
    }
    return out
  }

  private func info() throws -> [(label: String, value: String)] {
    let text = String(decoding: try Self.bytes("\(full)/bag-info.txt"), as: UTF8.self)
    var labels = text.split(separator: "\n").compactMap { line -> (label: String, value: String)? in
      guard let colon = line.firstIndex(of: ":") else { return nil }
      let label = String(line[..<colon])
      let value = String(line[line.index(after: colon)...].dropFirst())
      switch label {
      case "Payload-Oxum": return nil
      case "External-Identifier": return (label, name)
      default: return (label, redactor.redacted(value))
      }
    }
    labels.append(("Vouch-Redacted-From", fullDigest.hex))
    labels.append(("Vouch-Redaction-Policy", policy.digest.hex))
    return labels
  }

  private func proof(_ manifest: Manifest) throws -> [(String, String)] {
    let folder = "data/redaction"
    let values = redactor.digests.values.sorted()
      .map { "\(Redactor.token($0)),\($0.hex)\r\n" }.joined()
    let manifestText = redactor.redacted(manifest.text)
    return [
      ("\(folder)/README.txt", readme(isManifestWhole: manifestText == manifest.text)),
      ("\(folder)/tagmanifest-sha256.txt", manifest.tagText),
      ("\(folder)/manifest-sha256.txt", manifestText),
      ("\(folder)/values.csv", "token,digest\r\n" + values),
    ]
  }

  private func readme(isManifestWhole: Bool) -> String {
    let rules =
      policy.columns.map { "  column \($0.type).\($0.column)" }
      + policy.patterns.indices.map { "  pattern \($0 + 1) of the policy" }
      + (policy.words.isEmpty ? [] : ["  \(policy.words.count) words of the policy"])
    return """
      REDACTED COPY

      This is a copy of an evidence package in which management replaced values. The full package is
      named by the SHA-256 of its tagmanifest-sha256.txt:

        \(fullDigest.hex)

      Replaced (policy: \(policy.name), SHA-256 \(policy.digest.hex)):
      \(rules.joined(separator: "\n"))

      How. A value v is written as redacted-XXXXXXXXXXXX, the first twelve digits of its digest:
        key    = HMAC-SHA256(salt, v)
        digest = SHA-256(key, v)          (32 bytes of the key, then the bytes of v)
      The same value has the same digest everywhere in this copy. values.csv lists all digests. The
      salt is not in this copy. Row ids and digests of populations, which are made of items' keys,
      are replaced too, by salted ones of the same length.

      Left out: the raw evidence (each file is a note with the digest that the full package has of it),
      its rendered pages, the workbook and the OSCAL documents. Links to them lead to this file.

      What it shows
      - manifest-sha256.txt and tagmanifest-sha256.txt in this folder are those of the full package:
          sha256sum tagmanifest-sha256.txt     gives the digest above,
        and it lists the digest of manifest-sha256.txt\(isManifestWhole ? "." : ", in which names of files had to be replaced\n  here, so that only the holder of the full package can compare it whole.")
      - A file whose digest stands in both manifests is byte for byte the full package's.
      - Each note in data/evidence names a digest that stands in that manifest, in package.xml and in the
        custody ledger. Lines of the ledger that had a value replaced no longer give the digest that the
        next line names; the others still do.
      - Any single value can be proved without giving away another one: management tells v and its key,
          printf %s v | openssl dgst -sha256 -mac HMAC -macopt hexkey:SALT      (management, gives the key)
          (printf %s KEY | xxd -r -p; printf %s v) | sha256sum                  (anybody, gives the digest)

      What it does not show
      - That the values behind the digests are those of the full package, until one is proved or the full
        package is seen. An auditor needs the full package: verdicts cannot be computed again from here.
      - Values that management did not name in the policy are not replaced. How often a value occurs, and
        how long a text was, can still be seen.
      - Who guesses every replaced value of a file can try the guess against the file's digest in
        manifest-sha256.txt. Values that are few and easy to guess are hidden from readers, not from that.
      - Values of three to five characters, and those of letters and digits only, are replaced where they
        stand as a word of their own.

      Check this copy with 'vouch verify', or with sha256sum -c manifest-sha256.txt in its folder.

      """
  }

  /// The manifests of the full package.
  private struct Manifest {
    let text: String
    let tagText: String
    private var digests: [String: String] = [:]
    private let full: String

    init(full: String) throws {
      self.full = full
      text = String(
        decoding: try RedactedCopy.bytes("\(full)/manifest-sha256.txt"), as: UTF8.self)
      tagText = String(
        decoding: try RedactedCopy.bytes("\(full)/tagmanifest-sha256.txt"), as: UTF8.self)
      for line in text.split(separator: "\n") where line.count > 66 {
        digests[String(line.dropFirst(66)).replacing("%25", with: "%")] = String(line.prefix(64))
      }
    }

    /// What stands in the place of a file of evidence.
    func stub(_ path: String, shown: String) -> String {
      let size = (try? FileManager.default.attributesOfItem(atPath: "\(full)/\(path)")[.size]) ?? 0
      return """
        This file is left out of the redacted copy.
        Path in the full package: \(shown)
        SHA-256: \(digests[path] ?? "")
        Size: \(size as? Int ?? 0) bytes

        """
    }
  }
}
