import VouchModel

/// Compares the files that are there with the ones that a manifest lists, both ways.
struct ManifestCheck {
  private let context: Context
  private let file: BagPath
  private let listed: [BagPath: Digest]
  /// Files that should be listed, by the digest they really have.
  private let present: [BagPath: Digest]
  /// Listed files by digest, sorted.
  private let owners: [Digest: [BagPath]]
  private var check: Check

  /// The payload against `manifest-sha256.txt`.
  static func payload(_ context: Context) -> Check {
    run(
      context, Check("manifest", "Every payload file is listed and has its digest"),
      PackageLayout.manifest, covers: \.isPayload)
  }

  /// The other files against `tagmanifest-sha256.txt`.
  static func tags(_ context: Context) -> Check {
    run(
      context, Check("tagmanifest", "Every tag file is listed and has its digest"),
      PackageLayout.tagManifest
    ) { !$0.isPayload && !PackageLayout.seals.contains($0) }
  }

  private static func run(
    _ context: Context, _ check: Check, _ file: BagPath, covers: (BagPath) -> Bool
  ) -> Check {
    var check = check
    guard let bytes = context.bytes(file, for: &check) else { return check }
    let manifest = Manifest(bytes, file: file, check: &check)
    for path in manifest.digests.keys.sorted() where !covers(path) {
      check.find("misplaced", path, "is listed in \(file), which does not cover it")
    }
    var comparison = ManifestCheck(
      context, check, file, listed: manifest.digests.filter { covers($0.key) }, covers: covers)
    comparison.compare()
    return comparison.check.sorted()
  }

  private init(
    _ context: Context, _ check: Check, _ file: BagPath, listed: [BagPath: Digest],
    covers: (BagPath) -> Bool
  ) {
    self.context = context
    self.check = check
    self.file = file
    self.listed = listed
    owners = Dictionary(grouping: listed.keys.sorted()) { listed[$0] ?? .zero }
    present = context.facts.filter { covers($0.key) }.compactMapValues(\.digest)
    for (path, facts) in context.facts where covers(path) && facts.digest == nil {
      self.check.find("unreadable", path, facts.fault?.text ?? "cannot be read")
    }
  }

  private mutating func compare() {
    let unlisted = present.keys.filter { listed[$0] == nil }.sorted()
    let missing = listed.keys.filter { !context.package.has($0) }.sorted()
    let renamed = pairRenamed(missing, unlisted)
    for path in missing {
      if let now = renamed[path] {
        check.find("renamed", path, "its bytes lie under another name: \(now)")
      } else {
        check.find("missing", path, "is listed and not there", expected: listed[path]?.hex)
      }
    }
    let found = Set(renamed.values)
    for path in unlisted where !found.contains(path) { reportAdded(path) }
    let changed = listed.keys.filter { present[$0] != nil && present[$0] != listed[$0] }.sorted()
    reportChanged(changed, isOnlyFault: missing.isEmpty && unlisted.isEmpty)
    check.note = "\(listed.count) files"
  }

  /// Pairs listed files that are gone with unlisted ones that have their digest.
  private func pairRenamed(_ missing: [BagPath], _ unlisted: [BagPath]) -> [BagPath: BagPath] {
    var byDigest: [Digest: [BagPath]] = [:]
    for path in unlisted.reversed() {
      if let digest = present[path] { byDigest[digest, default: []].append(path) }
    }
    var pairs: [BagPath: BagPath] = [:]
    for path in missing {
      if let digest = listed[path], let now = byDigest[digest]?.popLast() { pairs[path] = now }
    }
    return pairs
  }

  private mutating func reportAdded(_ path: BagPath) {
    if path.text == "fetch.txt" {
      check.find("added", path, "is not listed, and would have files fetched from elsewhere")
      return
    }
    let original = present[path].flatMap { owners[$0]?.first }
    let copy = original.map { "; it is a copy of \($0)" } ?? ""
    check.find("added", path, "is there and not listed\(copy)", actual: present[path]?.hex)
  }

  private mutating func reportChanged(_ changed: [BagPath], isOnlyFault: Bool) {
    let isChanged = Set(changed)
    var swapped: Set<BagPath> = []
    for path in changed where !swapped.contains(path) {
      guard let actual = present[path], let expected = listed[path] else { continue }
      let owners = owners[actual] ?? []
      if let other = owners.first(where: { present[$0] == expected && isChanged.contains($0) }) {
        swapped.insert(other)
        check.find(
          "swapped", path, "and \(other) carry each other's bytes", expected: expected.hex,
          actual: actual.hex)
      } else if let owner = owners.first {
        check.find(
          "copied", path, "carries the bytes of \(owner)", expected: expected.hex,
          actual: actual.hex)
      } else {
        let size = expectedSize(of: path, isOnlyFault: isOnlyFault && changed.count == 1)
        reportContent(path, expected, actual, expectedSize: size)
      }
    }
  }

  private mutating func reportContent(
    _ path: BagPath, _ expected: Digest, _ actual: Digest, expectedSize: Int?
  ) {
    let size = context.facts[path]?.size ?? 0
    let (id, text) =
      switch expectedSize {
      case _ where size == 0: ("truncated", "is empty")
      case let was? where size < was: ("truncated", "has \(size) bytes, had \(was)")
      case let was? where size > was: ("grown", "has \(size) bytes, had \(was)")
      case .some: ("changed", "other bytes, of the same number (\(size))")
      case nil: ("changed", "other bytes (\(size) of them)")
      }
    check.find(id, path, text, expected: expected.hex, actual: actual.hex)
  }

  /// The size a file had: the ledger knows that of evidence, and when nothing else has changed,
  /// the payload's total tells it.
  private func expectedSize(of path: BagPath, isOnlyFault: Bool) -> Int? {
    if let size = context.ledger?.size(of: path) { return size }
    guard path.isPayload, isOnlyFault, let octets = context.payloadOctets else { return nil }
    let others = context.package.files.filter { $0.key.isPayload && $0.key != path }
    let size = octets - others.values.reduce(0, +)
    return size >= 0 ? size : nil
  }
}
