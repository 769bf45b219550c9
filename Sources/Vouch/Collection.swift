import Foundation
import VouchCapture
import VouchCollectors
import VouchModel
import VouchStore

/// What happened to one source in a run of `vouch collect`.
public struct SourceOutcome: Sendable {
  public let source: String
  public var preserved = 0
  public var unchanged = 0
  public var bytes = 0
  public var records = 0
  public var failures: [String] = []
  public var diagnostics: [Diagnostic] = []
  /// Names of the items that were not read, or not to their end, each with the problem's id.
  public var refused: [(name: String, id: String)] = []

  /// Notes what reading an item gave; problems name the file beside the digest.
  mutating func add(_ reading: LoadedReading, of entry: LedgerEntry) {
    records += reading.recordCount + reading.observationCount
    let name = entry.provenance.name
    if case .preserved(let digest, _) = entry.kind {
      let label = "evidence/\(digest.short)"
      diagnostics += reading.diagnostics.map { $0.naming([label: name]) }
    } else {
      diagnostics += reading.diagnostics
    }
    if let problem = reading.diagnostics.first(where: { $0.severity == .error }) {
      refused.append((name, problem.id))
    }
  }
}

extension Diagnostic {
  /// The same, its place beginning with the file's own name: `scan.nessus (evidence/9f…#L41)`.
  ///
  /// - Parameter names: file names by the label of the evidence.
  public func naming(_ names: [String: String]) -> Diagnostic {
    let label = String(at.prefix { $0 != "#" })
    guard let name = names[label], !name.isEmpty else { return self }
    var named = self
    named.at = "\(name) (\(at))"
    return named
  }
}

/// Progress of long work, for the person at the terminal.
public enum WorkProgress: Sendable {
  case source(name: String, index: Int, count: Int)
  /// Files and bytes that the source is about to give, where that is known.
  case expected(files: Int, bytes: Int)
  case bytes(Int)
  /// Evidence is read; `bytes` of `total` bytes were read before it.
  case reading(name: String, index: Int = 0, count: Int = 0, bytes: Int = 0, total: Int = 0)
  /// Records that were read since the last time.
  case records(Int)
  case stage(String)
  /// A control or KPI was evaluated in so many seconds.
  case took(String, seconds: Double)
}

extension Workspace {
  /// Collects, preserves and reads.
  ///
  /// - Parameters:
  ///   - names: sources to collect; empty: all.
  ///   - now: the clock, read to stamp when something was collected.
  public func collect(
    _ names: [String], now: @escaping @Sendable () -> Instant, operator person: String,
    host: String, progress: (WorkProgress) -> Void = { _ in }
  ) throws -> [SourceOutcome] {
    try checkNames(names)
    let lock = try WorkspaceLock(workspace: path)
    defer { withExtendedLifetime(lock) {} }
    let store = try EvidenceStore(workspace: path)
    let context = CaptureContext(
      workspace: path, now: now, operator: person, host: host,
      collector: "vouch \(VouchVersion.number)")
    var opened: RecordsDatabase?
    func records() throws -> RecordsDatabase {
      if let opened { return opened }
      let records = try openRecords()
      opened = records
      return records
    }
    var read: [(sequence: Int, reading: LoadedReading)] = []
    var outcomes = try preserve(names, in: store, context, progress) { file, provenance in
      try preserve(large: file, provenance, in: store, records, &read, progress)
    }
    read += try sync(store, records(), progress)
    for (sequence, loaded) in read {
      let source = store.entries[sequence - 1].provenance.source
      guard let i = outcomes.firstIndex(where: { $0.source == source }) else { continue }
      outcomes[i].add(loaded, of: store.entries[sequence - 1])
    }
    return outcomes
  }

  /// Collects and preserves without reading: for the made-up company's many days.
  func preserveOnly(_ names: [String], at moment: Instant) throws -> [SourceOutcome] {
    let lock = try WorkspaceLock(workspace: path)
    defer { withExtendedLifetime(lock) {} }
    let context = CaptureContext(
      workspace: path, now: { moment }, operator: "vouch-service",
      host: "collector.northlight.example",
      collector: "vouch \(VouchVersion.number)")
    let store = try EvidenceStore(workspace: path)
    return try preserve(names, in: store, context, { _ in }) { file, provenance in
      try store.preserve(file: file, provenance, unlessHeld: true, together: true)
    }
  }

  private func preserve(
    _ names: [String], in store: EvidenceStore, _ context: CaptureContext,
    _ progress: (WorkProgress) -> Void,
    file: (String, Provenance) throws -> LedgerEntry?
  ) throws -> [SourceOutcome] {
    let chosen = configuration.sources.filter { names.isEmpty || names.contains($0.name) }
    var outcomes: [SourceOutcome] = []
    for (index, source) in chosen.enumerated() {
      progress(.source(name: source.name, index: index, count: chosen.count))
      if let expected = Capture.expected(source, in: path) {
        progress(.expected(files: expected.files, bytes: expected.bytes))
      }
      var outcome = SourceOutcome(source: source.name)
      do {
        try Capture.run(source, context) { captured in
          try preserve(captured, in: store, &outcome, file: file)
        }
      } catch {
        // What came before the failure is preserved all the same.
        try? store.settle()
        throw error
      }
      try store.settle()
      outcomes.append(outcome)
    }
    return outcomes
  }

  private func checkNames(_ names: [String]) throws {
    let known = configuration.sources.map(\.name)
    let problems = names.filter { !known.contains($0) }.map { name in
      Diagnostic(
        "source.none", .error, at: "vouch.yaml", "there is no source '\(name)'",
        fix: nearest(to: name, among: known).map { "did you mean '\($0)'?" }
          ?? "sources are \(known.joined(separator: ", "))")
    }
    if !problems.isEmpty { throw Refusal(.noInput, problems) }
  }

  private func preserve(
    _ captured: Captured, in store: EvidenceStore, _ outcome: inout SourceOutcome,
    file preserveFile: (String, Provenance) throws -> LedgerEntry?
  ) throws {
    switch captured {
    case .file(let file, let provenance):
      do {
        count(try preserveFile(file, provenance), &outcome)
      } catch let refusal as Refusal where refusal.status == .noInput || isUnreadable(refusal) {
        // A file that cannot be read costs itself; the others go on.
        try store.noteFailure(
          refusal.diagnostics.first?.text ?? "the file cannot be read", provenance)
        outcome.failures.append(refusal.diagnostics.first?.text ?? "")
        outcome.diagnostics += refusal.diagnostics
      }
    case .bytes(let bytes, let provenance):
      count(
        try store.preserve(
          bytes: Data(bytes), provenance, unlessHeld: provenance.transport == "file"), &outcome)
    case .failure(let text, let provenance):
      try store.noteFailure(text, provenance)
      outcome.failures.append(text)
      outcome.diagnostics.append(
        Diagnostic(
          "source.failed", .error, at: "source \(provenance.source)", text,
          why: "the populations this source feeds are incomplete, and the package will say so",
          fix: "mend the source and run 'vouch collect \(provenance.source)' again"))
    }
  }

  /// Preserves a file, and reads it while its last bytes are still on their way to the disk if it
  /// is large.
  private func preserve(
    large file: String, _ provenance: Provenance, in store: EvidenceStore,
    _ records: () throws -> RecordsDatabase,
    _ read: inout [(sequence: Int, reading: LoadedReading)], _ progress: (WorkProgress) -> Void
  ) throws -> LedgerEntry? {
    var early: EarlyReading?
    let entry: LedgerEntry?
    do {
      entry = try store.preserve(
        file: file, provenance, unlessHeld: true, together: true,
        // Without records the file is preserved all the same; reading it says what is wrong.
        whileSettling: { entry, path in
          guard case .preserved(_, let size) = entry.kind, size >= 8 << 20 else { return }
          early = (try? records()).flatMap { readEarly(entry, path, store, $0) }
        },
        progress: { progress(.bytes($0)) })
    } catch {
      _ = try? early?.end(isPreserved: false)
      throw error
    }
    if let early, let entry {
      progress(.reading(name: provenance.name))
      if let reading = try early.end(isPreserved: true) { read.append((entry.sequence, reading)) }
    }
    return entry
  }

  /// Begins to read what was written and hashed just now.
  private func readEarly(
    _ entry: LedgerEntry, _ path: String, _ store: EvidenceStore, _ records: RecordsDatabase
  ) -> EarlyReading? {
    guard case .preserved(let digest, _) = entry.kind else { return nil }
    let source = configuration.sources.first { $0.name == entry.provenance.source }
    guard
      let item = store.item(
        entry, zone: source?.zone, format: source?.format, options: source?.options ?? [:])
    else { return nil }
    let (collector, refusal) = collector(for: item)
    let reader = Self.reader(source)
    // Nobody else uses the records before the reading has ended.
    nonisolated(unsafe) let records = records
    return EarlyReading { settled in
      try records.load(
        item, with: collector, digestFound: digest, reader: reader, stamp: Self.stamp(path),
        refusal: refusal, settled: settled)
    }
  }

  private func isUnreadable(_ refusal: Refusal) -> Bool {
    refusal.diagnostics.first?.id == "store.unreadable"
  }

  private func count(_ entry: LedgerEntry?, _ outcome: inout SourceOutcome) {
    guard let entry, case .preserved(_, let size) = entry.kind else {
      outcome.unchanged += 1
      return
    }
    outcome.preserved += 1
    outcome.bytes += size
  }

  // MARK: Reading

  /// Reads the evidence that the records do not have yet, in the order of the ledger.
  ///
  /// Nothing is read whose bytes are not those that were collected.
  ///
  /// - Parameters:
  ///   - paths: where the bytes are, by number in the ledger, when not under their digest.
  ///   - standing: digests and sizes of redacted copies that stand for what was collected.
  @discardableResult
  func sync(
    _ evidence: EvidenceStore, _ records: RecordsDatabase, paths: [Int: String] = [:],
    standing: [Digest: (digest: Digest, size: Int)] = [:],
    _ progress: (WorkProgress) -> Void = { _ in }
  ) throws -> [(sequence: Int, reading: LoadedReading)] {
    let loaded = try records.loaded()
    let sources = Dictionary(
      configuration.sources.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var read: [(Int, LoadedReading)] = []
    var ahead: [BegunItem] = []
    func store(_ ahead: BegunItem) throws {
      let reading = try records.store(
        ahead.reading, digestFound: ahead.found, reader: ahead.reader, stamp: ahead.stamp,
        progress: { progress(.records($0)) })
      read.append((ahead.sequence, reading))
    }
    var account = ReadingAccount(evidence.entries.filter { loaded[$0.sequence] == nil })
    for preserved in evidence.entries {
      let entry = standing.isEmpty ? preserved : preserved.standing(standing)
      let known = loaded[entry.sequence]
      guard case .preserved(let digest, let size) = entry.kind else {
        if known == nil { try records.load(failure: entry) }
        continue
      }
      let source = sources[entry.provenance.source]
      let reader = Self.reader(source)
      let path = paths[entry.sequence] ?? evidence.path(of: digest)
      let stamp = Self.stamp(path)
      if let known, known.reader == reader, known.stamp == stamp { continue }
      progress(account.next(entry))
      // What this process wrote just now was hashed as it was written.
      let found = evidence.wrote(digest) ? digest : Self.digest(path)
      if known != nil, found != digest {
        try records.markChanged(
          entry.sequence, found: found ?? .zero, Self.changed(entry, digest, found))
        continue
      }
      if known != nil { try records.unload(entry.sequence) }
      guard
        let item = evidence.item(
          entry, zone: source?.zone, format: source?.format, options: source?.options ?? [:],
          path: path)
      else { continue }
      let choice =
        found == digest ? collector(for: item) : (nil, Self.changed(entry, digest, found))
      // A large one uses both cores by itself, and its memory.
      let isLarge = size >= BegunItem.sizeLimit
      while let first = ahead.first, isLarge || ahead.count >= BegunItem.limit {
        ahead.removeFirst()
        try store(first)
      }
      let next = BegunItem(
        sequence: entry.sequence, reading: BegunReading(item, with: choice.0, refusal: choice.1),
        found: found ?? .zero, reader: reader, stamp: stamp)
      if isLarge { try store(next) } else { ahead.append(next) }
    }
    for last in ahead { try store(last) }
    return read
  }

  /// An item that is being read while those before it are stored.
  private struct BegunItem {
    static let sizeLimit = 8 << 20
    /// So many are read or wait to be stored: reading most formats takes longer than storing.
    static let limit = 3
    let sequence: Int
    let reading: BegunReading
    let found: Digest
    let reader: String
    let stamp: String
  }

  private static func reader(_ source: Source?) -> String {
    guard let source else { return "" }
    let options = source.options.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return
      "\(source.format ?? "")|\(source.zone?.identifier ?? "")|\(options.joined(separator: ";"))"
  }

  /// Size and times of a file; another stamp means that somebody touched it.
  private static func stamp(_ path: String) -> String {
    var status = stat()
    guard stat(path, &status) == 0 else { return "missing" }
    return "\(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec) \(status.st_ino)"
  }

  /// SHA-256 of a file as it is now; nil when it cannot be read.
  static func digest(_ path: String) -> Digest? {
    guard let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    setvbuf(file, nil, _IONBF, 0)
    var hash = SHA256()
    let size = 1 << 20
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 4096)
    defer { buffer.deallocate() }
    while true {
      let n = fread(buffer, 1, size, file)
      if n == 0 { break }
      hash.update(UnsafeRawBufferPointer(start: buffer, count: n))
    }
    return ferror(file) == 0 ? hash.finish() : nil
  }

  private static func changed(
    _ entry: LedgerEntry, _ digest: Digest, _ found: Digest?
  ) -> Diagnostic {
    Diagnostic(
      "evidence.changed", .error, at: "evidence/\(digest.short)",
      found.map {
        "item \(entry.sequence) of the custody ledger has digest \(digest.short)…, the file has \($0.short)…"
      } ?? "the preserved file of item \(entry.sequence) of the custody ledger is missing",
      why: "evidence that was changed after it was collected proves nothing, so it is not read",
      fix: "restore the file from a backup; the ledger says what it was")
  }

  /// The collector for an item: the configured format, or the one that its content shows.
  func collector(for item: EvidenceItem) -> ((any Collector.Type)?, Diagnostic?) {
    if let format = item.format {
      if let collector = Collectors.named(format) { return (collector, nil) }
      let known = Collectors.all.map { $0.format }
      return (
        nil,
        Diagnostic(
          "source.format", .error, at: "vouch.yaml",
          "source '\(item.provenance.source)' names format '\(format)', which nobody reads",
          why: "the evidence is preserved and not read",
          fix: nearest(to: format, among: known).map { "did you mean '\($0)'?" }
            ?? "vouch sources lists the formats")
      )
    }
    let head = (try? item.head()) ?? []
    if head.isEmpty {
      return (
        nil,
        Diagnostic(
          "collect.empty", .error, at: item.label, "'\(item.provenance.name)' is empty",
          why: "an export without anything to report still has a header or a root",
          fix: "export it again")
      )
    }
    if let collector = Collectors.recognising(Head(raw: head, name: item.provenance.name)) {
      return (collector, nil)
    }
    return (
      nil,
      Diagnostic(
        "collect.unknown-format", .error, at: item.label,
        "the format of '\(item.provenance.name)' is not one Vouch knows",
        why: "the evidence is preserved, but no record can be read from it",
        fix:
          "name its format in vouch.yaml, or map its columns with 'format: table' (vouch sources map FILE proposes how)"
      )
    )
  }
}

/// How far the reading of evidence has come.
private struct ReadingAccount {
  private let count: Int
  private let total: Int
  private var index = 0
  private var bytes = 0

  init(_ entries: [LedgerEntry]) {
    count = entries.count
    total = entries.reduce(0) { $0 + Self.size($1) }
  }

  /// The step that begins with this entry.
  mutating func next(_ entry: LedgerEntry) -> WorkProgress {
    defer {
      index += 1
      bytes += Self.size(entry)
    }
    return .reading(
      name: entry.provenance.name, index: index, count: max(count, index + 1), bytes: bytes,
      total: max(total, bytes))
  }

  private static func size(_ entry: LedgerEntry) -> Int {
    if case .preserved(_, let size) = entry.kind { return size }
    return 0
  }
}
