/// What a collector found in one item of evidence.
///
/// Records stream out in batches, so a reading of any size takes little memory. A reading is not
/// shared between threads.
public final class Reading {
  public let item: EvidenceItem
  public private(set) var diagnostics: [Diagnostic] = []
  public private(set) var recordCount = 0
  public private(set) var observationCount = 0
  /// Record types this evidence speaks about, also when it holds none of them.
  public private(set) var provided: Set<RecordType> = []
  /// The instant the content speaks about, when the content says so.
  public var effectiveAt: Instant?
  /// The span the content speaks about; `coversFrom` nil means from the beginning of time.
  public var coversFrom: Instant?
  public var coversTo: Instant?
  /// How many entries the content says there are in all.
  public var reportedTotal: Int?
  /// How many bytes were not valid in the encoding and were replaced.
  public var replacedBytes = 0
  /// False once something was skipped or cut off: every population this feeds is incomplete.
  public private(set) var isComplete = true

  private var batch: [Record] = []
  private var observations: [Observation] = []
  private var hosts: [String: Int32] = [:]
  private var plugins: [Plugin: Int32] = [:]
  private let sink: any ReadingSink

  public init(_ item: EvidenceItem, into sink: any ReadingSink) {
    self.item = item
    self.sink = sink
  }

  /// Declares that this evidence is a listing of these types; an empty listing is a result too.
  public func provides(_ types: RecordType...) { provided.formUnion(types) }

  public func append(_ record: Record) {
    provided.insert(record.type)
    recordCount += 1
    batch.append(record)
    if batch.count >= 2048 { flushRecords() }
  }

  /// The number that stands for a host of this evidence, by the tool's own name for it.
  public func host(_ ref: String) -> Int32 {
    if let n = hosts[ref] { return n }
    let n = Int32(hosts.count)
    hosts[ref] = n
    sink.host(ref, number: n)
    return n
  }

  /// The number that stands for a plugin of this evidence.
  public func plugin(_ plugin: Plugin) -> Int32 {
    if let n = plugins[plugin] { return n }
    let n = Int32(plugins.count)
    plugins[plugin] = n
    sink.plugin(plugin, number: n)
    return n
  }

  /// Starts the scan that the following observations belong to. The record's `scan_id` names it.
  public func scan(_ id: String, tool: String) {
    flushObservations()
    provided.insert(.finding)
    sink.scan(id, tool: tool)
  }

  @inline(__always)
  public func observe(_ observation: Observation) {
    observationCount += 1
    observations.append(observation)
    if observations.count >= 8192 { flushObservations() }
  }

  /// Reports a problem. An error means that records are missing, so the reading is incomplete.
  public func diagnose(_ diagnostic: Diagnostic) {
    if diagnostic.severity == .error { isComplete = false }
    diagnostics.append(diagnostic)
  }

  /// Marks the reading incomplete without a diagnostic of its own.
  public func markIncomplete() { isComplete = false }

  /// Hands over what is still buffered. The store calls it when the collector returns.
  public func finish() {
    flushRecords()
    flushObservations()
  }

  private func flushRecords() {
    if batch.isEmpty { return }
    sink.records(batch)
    batch.removeAll(keepingCapacity: true)
  }

  private func flushObservations() {
    if observations.isEmpty { return }
    sink.observations(observations)
    observations.removeAll(keepingCapacity: true)
  }
}

/// Receives what a reading finds; the store is one, a test's list is another.
public protocol ReadingSink: AnyObject {
  func records(_ batch: [Record])
  func host(_ ref: String, number: Int32)
  func plugin(_ plugin: Plugin, number: Int32)
  func scan(_ id: String, tool: String)
  func observations(_ batch: [Observation])
}

/// A sink that keeps everything in memory, for small readings and tests.
public final class MemorySink: ReadingSink {
  public private(set) var records: [Record] = []
  public private(set) var hosts: [String] = []
  public private(set) var plugins: [Plugin] = []
  /// Each observation with the scan it belongs to.
  public private(set) var observations: [(scan: String, observation: Observation)] = []
  private var scan = ""

  public init() {}
  public func records(_ batch: [Record]) { records += batch }
  public func host(_ ref: String, number: Int32) { hosts.append(ref) }
  public func plugin(_ plugin: Plugin, number: Int32) { plugins.append(plugin) }
  public func scan(_ id: String, tool: String) { scan = id }
  public func observations(_ batch: [Observation]) {
    observations += batch.map { (scan, $0) }
  }
}

/// Reads one format of export: from preserved bytes to records, and nothing else.
///
/// A collector never touches a file, the network, a process or the clock.
public protocol Collector: Sendable {
  /// The format's name in `vouch.yaml` and in the ids of its diagnostics.
  static var format: String { get }
  /// One line for `vouch sources`: what export this reads.
  static var summary: String { get }
  /// The record types it can give.
  static var gives: [RecordType] { get }

  /// Tells by content whether this collector reads the evidence.
  ///
  /// - Parameter head: the first 4096 bytes, a byte order mark removed and UTF-16 converted.
  static func recognises(_ head: Head) -> Bool

  /// Reads the evidence. Problems go to `reading.diagnose`; a thrown error means that nothing
  /// more can be read, what came before stays.
  static func read(_ item: EvidenceItem, into reading: Reading) throws
}

/// The beginning of a file, prepared for telling formats apart.
public struct Head: Sendable {
  /// Up to 4096 bytes as text, invalid bytes replaced.
  public let text: String
  /// The same as bytes, before decoding.
  public let raw: [UInt8]
  /// Name of the XML root element without prefix; nil when it is not XML.
  public let xmlRoot: String?
  /// `{` or `[` when the first character that is not white space is one; nil otherwise.
  public let json: Character?
  /// The file name it came with, in lower case. A hint for formats without any mark of their own.
  public let name: String

  public init(raw: [UInt8], name: String) {
    self.raw = raw
    self.name = name.lowercased()
    var bytes = raw[...]
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    if raw.starts(with: [0xFF, 0xFE]) || raw.starts(with: [0xFE, 0xFF]) {
      let little = raw[0] == 0xFF
      let body = raw.dropFirst(2)
      var units: [UInt16] = []
      var i = body.startIndex
      while i + 1 < body.endIndex {
        units.append(
          little
            ? UInt16(body[i]) | UInt16(body[i + 1]) << 8
            : UInt16(body[i]) << 8 | UInt16(body[i + 1]))
        i += 2
      }
      text = String(decoding: units, as: UTF16.self)
    } else {
      text = String(decoding: bytes, as: UTF8.self)
    }
    let trimmed = text.drop { $0.isWhitespace }
    json = trimmed.first == "{" || trimmed.first == "[" ? trimmed.first : nil
    xmlRoot = trimmed.first == "<" ? Self.rootName(trimmed) : nil
  }

  private static func rootName(_ text: Substring) -> String? {
    var rest = text
    while let open = rest.firstIndex(of: "<") {
      rest = rest[rest.index(after: open)...]
      if rest.hasPrefix("?") {
        guard let end = rest.firstRange(of: "?>") else { return nil }
        rest = rest[end.upperBound...]
      } else if rest.hasPrefix("!--") {
        guard let end = rest.firstRange(of: "-->") else { return nil }
        rest = rest[end.upperBound...]
      } else if rest.hasPrefix("!") {
        guard let end = rest.firstIndex(of: ">") else { return nil }
        rest = rest[rest.index(after: end)...]
      } else {
        let name = rest.prefix { !$0.isWhitespace && $0 != ">" && $0 != "/" }
        return name.split(separator: ":").last.map(String.init)
      }
    }
    return nil
  }
}
