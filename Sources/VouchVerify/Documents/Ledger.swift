import VouchModel

/// The custody ledger: one line for each thing that was collected, each naming the one before.
struct Ledger: Sendable {
  struct Entry: Sendable {
    let line: Int
    let sequence: Int
    let previous: Digest
    /// Nil when collecting failed: then there are no bytes.
    let digest: Digest?
    let size: Int
    let source: String
    let name: String
    let collectedAt: Instant
    let receivedAt: Instant?
  }

  let entries: [Entry]
  /// Digest of every line without its line end, also of lines that could not be read.
  let lineDigests: [Digest]
  /// Lines that are no entries. Ids without the `ledger.` in front.
  private(set) var faults: [LineFault] = []
  /// Sizes by source folder and first digits of the digest.
  private let sizes: [String: Int]

  init(_ bytes: [UInt8]) {
    var entries: [Entry] = []
    var digests: [Digest] = []
    var faults: [LineFault] = []
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true {
      lines.removeLast()
    } else {
      faults.append(
        LineFault(id: "cut", line: lines.count, text: "the last line does not end"))
    }
    for (index, line) in lines.enumerated() {
      digests.append(Digest.sha256(line))
      switch Self.read(line, number: index + 1) {
      case .success(let entry): entries.append(entry)
      case .failure(let fault): faults.append(fault)
      }
    }
    self.entries = entries
    lineDigests = digests
    self.faults = faults
    sizes = Dictionary(
      entries.compactMap { entry in entry.digest.map { (Self.key(entry.source, $0), entry.size) } },
      uniquingKeysWith: { first, _ in first })
  }

  /// The same entries, with the copies in which secrets were replaced in the place of what was
  /// collected. The chain stays that of the lines.
  func standing(_ redactions: Redactions) -> Ledger {
    if redactions.copies.isEmpty { return self }
    return Ledger(
      entries: entries.map { entry in
        guard let copy = entry.digest.flatMap({ redactions.copies[$0] }) else { return entry }
        return Entry(
          line: entry.line, sequence: entry.sequence, previous: entry.previous,
          digest: copy.digest, size: copy.size, source: entry.source, name: entry.name,
          collectedAt: entry.collectedAt, receivedAt: entry.receivedAt)
      }, lineDigests: lineDigests, faults: faults)
  }

  private init(entries: [Entry], lineDigests: [Digest], faults: [LineFault]) {
    self.entries = entries
    self.lineDigests = lineDigests
    self.faults = faults
    sizes = Dictionary(
      entries.compactMap { entry in entry.digest.map { (Self.key(entry.source, $0), entry.size) } },
      uniquingKeysWith: { first, _ in first })
  }

  private static func key(_ source: String, _ digest: Digest) -> String {
    "\(folderName(source))/\(digest.short)"
  }

  /// How a source's folder is called: as it is, with `_` for what file systems may not take.
  static func folderName(_ source: String) -> String {
    let safe = source.unicodeScalars.prefix(80).map { scalar -> Character in
      let isSafe =
        scalar.isASCII
        && (isLetter(UInt8(scalar.value)) || isDigit(UInt8(scalar.value))
          || "._-".unicodeScalars.contains(scalar))
      return isSafe ? Character(scalar) : "_"
    }
    return safe.first == "." ? "_" + String(safe.dropFirst()) : String(safe)
  }

  /// The source's folder and the first twelve digits of the digest that the name of an evidence
  /// file begins with; nil when it is no such name.
  static func address(of path: BagPath) -> String? {
    let parts = path.text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 4, path.isIn("data/evidence"), let dash = parts[3].firstIndex(of: "-"),
      parts[3][..<dash].utf8.count == 12
    else { return nil }
    return "\(parts[2])/\(parts[3][..<dash])"
  }

  /// Where the bytes of an entry lie, as ``address(of:)`` gives it.
  static func address(of entry: Entry) -> String? { entry.digest.map { key(entry.source, $0) } }

  /// The size that the ledger knows of an evidence file.
  func size(of path: BagPath) -> Int? { Self.address(of: path).flatMap { sizes[$0] } }

  private static func read(_ line: ArraySlice<UInt8>, number: Int) -> Result<Entry, LineFault> {
    func fault(_ text: String) -> Result<Entry, LineFault> {
      .failure(LineFault(id: "malformed", line: number, text: text))
    }
    guard let json = try? JSON.parse(line), let members = json.object else {
      return fault("is no JSON object")
    }
    guard Set(members.map(\.key)).count == members.count else {
      return fault("has a key twice, so that two readers could read two things")
    }
    guard let sequence = json["seq"].integer,
      let previous = json["prev"].string.flatMap({ Digest(hex: $0) }),
      let source = json["source"].string,
      let collectedAt = json["collected_at"].string.flatMap({ WrittenTime(iso: $0)?.instant })
    else { return fault("lacks one of seq, prev, source and collected_at") }
    var digest: Digest?
    var size = 0
    switch json["kind"].string {
    case "preserved":
      guard let said = json["sha256"].string.flatMap({ Digest(hex: $0) }),
        let bytes = json["size"].integer, bytes >= 0
      else { return fault("is preserved and lacks its digest or size") }
      digest = said
      size = bytes
    case "failed":
      guard json["error"].string != nil else { return fault("has failed and lacks its error") }
    default: return fault("is neither preserved nor failed")
    }
    return .success(
      Entry(
        line: number, sequence: sequence, previous: previous, digest: digest, size: size,
        source: source, name: json["name"].string ?? "", collectedAt: collectedAt,
        receivedAt: json["received_at"].string.flatMap { WrittenTime(iso: $0)?.instant }))
  }
}
