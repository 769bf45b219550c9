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
      entries.append(entry)
    }
    tornTail = torn.map { !$0.isEmpty } ?? false
  }

  private var tornTail = false

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
  /// - Parameter whileSettling: called with the entry to be and where its bytes are, when they are
  ///   all written and hashed and only have to reach the disk. Whatever is made of them must not
  ///   last before this function has returned.
  @discardableResult
  public func preserve(
    file: String, _ provenance: Provenance, unlessHeld: Bool = false,
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
      provenance, unlessHeld: unlessHeld, whileSettling: whileSettling
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
    _ provenance: Provenance, unlessHeld: Bool,
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
        try keep(target, aside, as: written.digest) {
          whileSettling(draft(kind, provenance), path(of: written.digest))
        }
      }
      return try append(kind, provenance)
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
    entries.contains { if case .preserved(digest, _) = $0.kind { true } else { false } }
      && Files.holds(path(of: digest), digest)
  }

  /// Whether the file of this digest was written and hashed through this object.
  public func wrote(_ digest: Digest) -> Bool { written.contains(digest) }

  private var written: Set<Digest> = []

  /// Puts the file in its place and makes both durable.
  ///
  /// A file that is there already was damaged, or left by a run that was stopped before the ledger
  /// had it, and nobody knows whether all of it reached the disk: the new one takes its place.
  private func keep(
    _ target: Int32, _ aside: String, as digest: Digest, whileSettling: () -> Void
  ) throws {
    let path = path(of: digest)
    let parent = (path as NSString).deletingLastPathComponent
    try Files.makeFolder(parent)
    fchmod(target, 0o400)
    guard rename(aside, path) == 0 else {
      throw Files.failure("the preserved file cannot be put in place", path)
    }
    whileSettling()
    guard fsync(target) == 0 else { throw Files.failure("writing failed", path) }
    try Files.sync(folder: parent)
    try Files.sync(folder: folder + "/objects")
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

  private func append(_ kind: LedgerEntry.Kind, _ provenance: Provenance) throws -> LedgerEntry {
    try Files.makeFolder(folder)
    let entry = draft(kind, provenance)
    let fd = open(ledgerPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard fd >= 0 else { throw Files.failure("the custody ledger cannot be opened", ledgerPath) }
    defer { close(fd) }
    if tornTail { try dropTornTail(fd) }
    let length = lseek(fd, 0, SEEK_END)
    let line = Array((entry.line + "\n").utf8)
    do {
      try line.withUnsafeBytes { try Files.writeAll(fd, $0, path: ledgerPath) }
      guard fsync(fd) == 0 else { throw Files.failure("writing failed", ledgerPath) }
    } catch {
      // Half a line is no entry; take it back so that the ledger stays readable.
      ftruncate(fd, length)
      throw error
    }
    if entries.isEmpty { try Files.sync(folder: folder) }
    entries.append(entry)
    head = Digest.sha256(line.dropLast())
    return entry
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
    if let listing = provenance.listing, provenance.partial == nil, !isFinished(listing) {
      provenance.partial = "the listing was interrupted before its last page"
    }
    return EvidenceItem(
      sequence: entry.sequence, digest: digest, size: size, provenance: provenance,
      zone: zone, format: format, options: options,
      content: .file(path ?? self.path(of: digest)))
  }

  /// Whether the last page of a listing is preserved.
  private func isFinished(_ listing: String) -> Bool {
    entries.contains {
      if case .preserved = $0.kind {
        return $0.provenance.listing == listing && $0.provenance.isLastPage
      }
      return false
    }
  }

  /// Whether this file was already preserved for the source, unchanged.
  public func holds(source: String, name: String, digest: Digest) -> Bool {
    entries.contains {
      if case .preserved(digest, _) = $0.kind {
        return $0.provenance.source == source && $0.provenance.name == name
      }
      return false
    }
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
