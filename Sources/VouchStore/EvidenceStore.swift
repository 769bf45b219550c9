import Foundation
@_spi(Preservation) import VouchModel

/// Keeps raw bytes by their SHA-256 and the custody ledger: `evidence/objects/`, `evidence/ledger.jsonl`.
///
/// Nothing in it is ever changed or dropped. An item counts as preserved once its bytes are on
/// disk under their digest, and the ledger line that names it is on disk too, in this order.
public final class EvidenceStore {
  public let folder: String
  public private(set) var entries: [LedgerEntry] = []
  /// Digest of the last line; 64 zeros for an empty ledger.
  public private(set) var head = Digest.zero
  private var ledgerPath: String { folder + "/ledger.jsonl" }

  /// Opens the store of a workspace and checks the chain of its ledger.
  ///
  /// Throws ``Refusal`` when the chain is broken: evidence in a broken chain proves nothing.
  public init(workspace: String) throws {
    folder = workspace + "/evidence"
    try load()
  }

  /// Opens the evidence of a package: a folder that holds `ledger.jsonl`.
  public init(folder: String) throws {
    self.folder = folder
    try load()
  }

  deinit { unsettled.files.forEach { close($0) } }

  private func load() throws {
    guard let data = try Files.contents(ledgerPath) else { return }
    var lines = data.split(separator: 0x0A, omittingEmptySubsequences: false)
    // A line that was being written when the machine stopped has no line feed. It was never
    // reported as preserved, so it does not count; the next entry replaces it.
    let torn = lines.popLast()
    for (index, line) in lines.enumerated() {
      let place = "\(ledgerPath):\(index + 1)"
      guard let entry = LedgerEntry(line: line) else {
        throw broken(place, "line \(index + 1) of the custody ledger is not an entry")
      }
      guard entry.sequence == index + 1 else {
        throw broken(
          place, "entry \(index + 1) of the custody ledger has the number \(entry.sequence)")
      }
      guard entry.previous == head else {
        throw broken(
          place,
          "entry \(entry.sequence) of the custody ledger follows \(entry.previous.short), the line before has \(head.short)"
        )
      }
      head = Digest.sha256(line)
      note(entry)
    }
    tornTail = torn.map { !$0.isEmpty } ?? false
  }

  private var tornTail = false

  /// Places in `entries` by the digest of what was preserved.
  private var byDigest: [Digest: [Int]] = [:]
  /// Listings whose last page is preserved.
  private var finishedListings: Set<String> = []

  private func note(_ entry: LedgerEntry) {
    entries.append(entry)
    guard case .preserved(let digest, _) = entry.kind else { return }
    byDigest[digest, default: []].append(entries.count - 1)
    if let listing = entry.provenance.listing, entry.provenance.isLastPage {
      finishedListings.insert(listing)
    }
  }

  private func broken(_ place: String, _ text: String) -> Refusal {
    Refusal(
      .data,
      Diagnostic(
        "ledger.broken", .error, at: place, text,
        why: "a ledger that was changed after the fact proves nothing about the evidence",
        fix: "restore evidence/ledger.jsonl from a backup or from version control"))
  }

  /// Where the bytes of a digest are.
  public func path(of digest: Digest) -> String {
    "\(folder)/objects/\(digest.hex.prefix(2))/\(digest.hex)"
  }

  /// Preserves a file: copies its bytes, hashes the copy as it is written, makes both the object
  /// and the ledger line durable.
  ///
  /// Returns nil when `unlessHeld` is set and the source gave the same bytes under the same name
  /// before: a file that was not touched is no new evidence.
  ///
  /// - Parameters:
  ///   - together: a small file may be left to settle together with others: it is preserved when
  ///     ``settle()`` has returned. One disk flush then serves many files.
  ///   - whileSettling: called with the entry to be and where its bytes are, when they are
  ///     all written and hashed and only have to reach the disk. Whatever is made of them must not
  ///     last before this function has returned.
  @discardableResult
  public func preserve(
    file: String, _ provenance: Provenance, unlessHeld: Bool = false, together: Bool = false,
    whileSettling: (LedgerEntry, String) -> Void = { _, _ in },
    progress: (Int) -> Void = { _ in }
  ) throws -> LedgerEntry? {
    let source = open(file, O_RDONLY | O_CLOEXEC)
    guard source >= 0 else { throw unreadable(file) }
    defer { close(source) }
    var status = stat()
    guard fstat(source, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw Refusal(
        .noInput,
        Diagnostic(
          "store.not-a-file", .error, at: file, "this is not a file",
          why: "only the bytes of a file can be preserved",
          fix: "name files, for example with the pattern \(file)/*"))
    }
    posix_fadvise(source, 0, 0, POSIX_FADV_SEQUENTIAL)
    return try preserve(
      provenance, unlessHeld: unlessHeld,
      together: together && status.st_size < Self.togetherSize, whileSettling: whileSettling
    ) { target, aside in
      do {
        return try CopyHashing(source: source, target: target, path: aside)
          .run(size: Int(status.st_size), progress: progress)
      } catch let failed as CopyHashing.ReadingFailed {
        errno = failed.code
        throw unreadable(file)
      }
    }
  }

  /// Preserves bytes that came from a command or the network.
  @discardableResult
  public func preserve(
    bytes: Data, _ provenance: Provenance, unlessHeld: Bool = false
  ) throws -> LedgerEntry? {
    try preserve(provenance, unlessHeld: unlessHeld) { target, aside in
      try bytes.withUnsafeBytes { try Files.writeAll(target, $0, path: aside) }
      return (.sha256(bytes), bytes.count)
    }
  }

  /// Notes that a source failed. The note is part of the chain: a failure cannot be forgotten.
  @discardableResult
  public func noteFailure(_ error: String, _ provenance: Provenance) throws -> LedgerEntry {
    try append(.failed(error: error), provenance)
  }

  private func preserve(
    _ provenance: Provenance, unlessHeld: Bool, together: Bool = false,
    whileSettling: (LedgerEntry, String) -> Void = { _, _ in },
    _ write: (_ target: Int32, _ path: String) throws -> (digest: Digest, size: Int)
  ) throws -> LedgerEntry? {
    let incoming = try incomingFolder()
    // The process id tells two runs apart; within a run items are preserved one after another.
    let aside = "\(incoming)/\(getpid())-\(entries.count + 1)"
    let target = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard target >= 0 else { throw Files.failure("the file cannot be made", aside) }
    defer { close(target) }
    do {
      let written = try write(target, aside)
      if unlessHeld,
        holds(source: provenance.source, name: provenance.name, digest: written.digest)
      {
        unlink(aside)
        return nil
      }
      let kind = LedgerEntry.Kind.preserved(digest: written.digest, size: written.size)
      if isKnown(written.digest) {
        unlink(aside)
      } else {
        try keep(target, aside, as: written.digest, together: together) {
          whileSettling(draft(kind, provenance), path(of: written.digest))
        }
      }
      return try append(kind, provenance, together: together)
    } catch {
      unlink(aside)
      throw error
    }
  }

  /// Where bytes are written before they have a digest. What a killed run left in it was never
  /// reported, so the first use in a run clears it away.
  private func incomingFolder() throws -> String {
    let incoming = folder + "/incoming"
    try Files.makeFolder(incoming)
    if !isIncomingClear {
      for name in (try? FileManager.default.contentsOfDirectory(atPath: incoming)) ?? [] {
        unlink("\(incoming)/\(name)")
      }
      isIncomingClear = true
    }
    return incoming
  }

  private var isIncomingClear = false

  /// Whether an entry of the ledger has these bytes and they are still what they were.
  private func isKnown(_ digest: Digest) -> Bool {
    byDigest[digest] != nil && Files.holds(path(of: digest), digest)
  }

  /// Whether the file of this digest was written and hashed through this object.
  public func wrote(_ digest: Digest) -> Bool { written.contains(digest) }

  private var written: Set<Digest> = []

  /// Puts the file in its place and makes both durable.
  ///
  /// A file that is there already was damaged, or left by a run that was stopped before the ledger
  /// had it, and nobody knows whether all of it reached the disk: the new one takes its place.
  private func keep(
    _ target: Int32, _ aside: String, as digest: Digest, together: Bool, whileSettling: () -> Void
  ) throws {
    let path = path(of: digest)
    let parent = (path as NSString).deletingLastPathComponent
    try Files.makeFolder(parent)
    fchmod(target, 0o400)
    guard rename(aside, path) == 0 else {
      throw Files.failure("the preserved file cannot be put in place", path)
    }
    whileSettling()
    if together {
      let file = dup(target)
      guard file >= 0 else { throw Files.failure("writing failed", path) }
      unsettled.files.append(file)
      unsettled.folders.insert(parent)
    } else {
      guard fsync(target) == 0 else { throw Files.failure("writing failed", path) }
      try Files.sync(folder: parent)
      try Files.sync(folder: folder + "/objects")
    }
    written.insert(digest)
  }

  /// The entry that ``append(_:_:)`` would write now.
  private func draft(_ kind: LedgerEntry.Kind, _ provenance: Provenance) -> LedgerEntry {
    var provenance = provenance
    // The chain tells an order; a clock that was set back must not contradict it.
    if let last = entries.last, provenance.collectedAt < last.provenance.collectedAt {
      provenance.parameters["clock"] = provenance.collectedAt.iso8601
      provenance.collectedAt = last.provenance.collectedAt
    }
    return LedgerEntry(
      sequence: entries.count + 1, previous: head, kind: kind, provenance: provenance)
  }

  private func append(
    _ kind: LedgerEntry.Kind, _ provenance: Provenance, together: Bool = false
  ) throws -> LedgerEntry {
    if !together { try settle() }
    let entry = draft(kind, provenance)
    let line = Array((entry.line + "\n").utf8)
    if !together { try write(line) }
    note(entry)
    head = Digest.sha256(line.dropLast())
    guard together else { return entry }
    unsettled.lines += line
    unsettled.count += 1
    if unsettled.count >= Self.togetherCount { try settle() }
    return entry
  }

  /// Larger files settle by themselves, and so many of the others together.
  private static let togetherSize = 8 << 20
  private static let togetherCount = 64

  /// What is written and may not have reached the disk.
  private struct Unsettled {
    /// Open files with preserved bytes.
    var files: [Int32] = []
    var folders: Set<String> = []
    /// Lines of the ledger that are not in it yet, so many.
    var lines: [UInt8] = []
    var count = 0
  }
  private var unsettled = Unsettled()

  /// Makes what was preserved together durable: the bytes first, then the lines that name them.
  ///
  /// When it fails the ledger is as before, and nothing of it counts as preserved.
  public func settle() throws {
    if unsettled.count == 0, unsettled.files.isEmpty { return }
    let all = unsettled
    unsettled = Unsettled()
    defer { all.files.forEach { close($0) } }
    do {
      for file in all.files where fsync(file) != 0 {
        throw Files.failure("writing failed", folder + "/objects")
      }
      for parent in all.folders.sorted() { try Files.sync(folder: parent) }
      if !all.folders.isEmpty { try Files.sync(folder: folder + "/objects") }
      if !all.lines.isEmpty { try write(all.lines) }
    } catch {
      forgetLast(all.count)
      throw error
    }
  }

  private func forgetLast(_ count: Int) {
    let kept = entries.dropLast(count)
    entries = []
    byDigest = [:]
    finishedListings = []
    kept.forEach(note)
    head = kept.last.map { Digest.sha256(Array($0.line.utf8)) } ?? .zero
  }

  /// Appends whole lines to the ledger and makes them durable.
  private func write(_ lines: [UInt8]) throws {
    try Files.makeFolder(folder)
    let fd = open(ledgerPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard fd >= 0 else { throw Files.failure("the custody ledger cannot be opened", ledgerPath) }
    defer { close(fd) }
    if tornTail { try dropTornTail(fd) }
    let length = lseek(fd, 0, SEEK_END)
    do {
      try lines.withUnsafeBytes { try Files.writeAll(fd, $0, path: ledgerPath) }
      guard fsync(fd) == 0 else { throw Files.failure("writing failed", ledgerPath) }
    } catch {
      // Half a line is no entry; take it back so that the ledger stays readable.
      ftruncate(fd, length)
      throw error
    }
    if length == 0 { try Files.sync(folder: folder) }
  }

  private func dropTornTail(_ fd: Int32) throws {
    guard let data = try Files.contents(ledgerPath) else { return }
    let end = (data.lastIndex(of: 0x0A) ?? -1) + 1
    guard ftruncate(fd, off_t(end)) == 0 else {
      throw Files.failure("the unfinished last line cannot be removed", ledgerPath)
    }
    tornTail = false
  }

  private func unreadable(_ file: String) -> Refusal {
    let missing = errno == ENOENT
    return Refusal(
      missing ? .noInput : .io,
      Diagnostic(
        "store.unreadable", .error, at: file,
        "the file cannot be read: \(String(cString: strerror(errno)))",
        why: "evidence that cannot be read cannot be preserved",
        fix: missing ? "check the path" : "give the account that runs vouch read permission"))
  }

  /// The preserved item of an entry, for a collector; nil for an entry about a failure.
  ///
  /// - Parameter path: where the bytes are, when not under their digest (in a package).
  public func item(
    _ entry: LedgerEntry, zone: Zone?, format: String?, options: [String: String],
    path: String? = nil
  ) -> EvidenceItem? {
    guard case .preserved(let digest, let size) = entry.kind else { return nil }
    var provenance = entry.provenance
    if let listing = provenance.listing, provenance.partial == nil,
      !finishedListings.contains(listing)
    {
      provenance.partial = "the listing was interrupted before its last page"
    }
    return EvidenceItem(
      sequence: entry.sequence, digest: digest, size: size, provenance: provenance,
      zone: zone, format: format, options: options,
      content: .file(path ?? self.path(of: digest)))
  }

  /// Whether this file was already preserved for the source, unchanged.
  public func holds(source: String, name: String, digest: Digest) -> Bool {
    byDigest[digest]?.contains { index in
      let provenance = entries[index].provenance
      return provenance.source == source && provenance.name == name
    } ?? false
  }
}

extension EvidenceItem {
  /// An item that is not in a store: the bytes of an example, or of a test.
  public static func unpreserved(
    _ bytes: Data, name: String, zone: Zone? = nil, format: String? = nil,
    options: [String: String] = [:], collectedAt: Instant = Instant(seconds: 0)
  ) -> EvidenceItem {
    EvidenceItem(
      sequence: 1, digest: .sha256(bytes), size: bytes.count,
      provenance: Provenance(
        source: "test", transport: "file", endpoint: name, name: name, collectedAt: collectedAt),
      zone: zone, format: format, options: options, content: .memory(bytes))
  }
}
