import Foundation

/// How an item of evidence came here: everything an auditor asks of information produced by the
/// entity (AT-C 205; soc2-guide 5), except the bytes themselves.
public struct Provenance: Hashable, Sendable {
  /// The source's name in `vouch.yaml`.
  public var source: String
  /// `file`, `command` or `http`.
  public var transport: String
  /// Path, argument vector or address it was taken from, secrets removed.
  public var endpoint: String
  /// File name, for people.
  public var name: String
  /// The query that selected the content: an argument vector, a URL's query, a glob.
  public var query: String
  public var parameters: [String: String]
  /// Person or service identity that ran the collection.
  public var `operator`: String
  /// Machine it ran on.
  public var host: String
  public var collector: String
  public var collectedAt: Instant
  /// When it reached this workspace, if later than it was taken.
  public var receivedAt: Instant?
  /// What the source says the total is; nil when it does not say.
  public var reportedTotal: Int?
  /// Nil for transports without pages.
  public var page: Int?
  public var isLastPage: Bool
  /// Groups the pages of one listing.
  public var listing: String?
  /// Why this item is known to be incomplete; nil when nothing says so.
  public var partial: String?
  /// Dates that configuration gives because the content does not.
  public var effectiveAt: Instant?

  public init(
    source: String, transport: String, endpoint: String, name: String, query: String = "",
    parameters: [String: String] = [:], operator: String = "", host: String = "",
    collector: String = "", collectedAt: Instant, receivedAt: Instant? = nil,
    reportedTotal: Int? = nil, page: Int? = nil, isLastPage: Bool = true, listing: String? = nil,
    partial: String? = nil, effectiveAt: Instant? = nil
  ) {
    self.source = source
    self.transport = transport
    self.endpoint = endpoint
    self.name = name
    self.query = query
    self.parameters = parameters
    self.operator = `operator`
    self.host = host
    self.collector = collector
    self.collectedAt = collectedAt
    self.receivedAt = receivedAt
    self.reportedTotal = reportedTotal
    self.page = page
    self.isLastPage = isLastPage
    self.listing = listing
    self.partial = partial
    self.effectiveAt = effectiveAt
  }
}

/// One item of evidence as the store preserved it.
///
/// Only the store makes one, after the bytes are on disk and their digest is in the custody
/// ledger. To have an `EvidenceItem` is therefore to know that its bytes are kept.
public struct EvidenceItem: Sendable {
  /// 1-based number in the ledger.
  public let sequence: Int
  public let digest: Digest
  public let size: Int
  public let provenance: Provenance
  /// Zone for times without one, from the source's configuration.
  public let zone: Zone?
  /// Format named in the configuration; nil: told by content.
  public let format: String?
  /// Options of the source for its reader, e.g. `record` and `columns.x` of `format: table`.
  public let options: [String: String]
  private let content: Content

  /// Where the preserved bytes are.
  public enum Content: Sendable {
    case file(String)
    case memory(Data)
  }

  @_spi(Preservation)
  public init(
    sequence: Int, digest: Digest, size: Int, provenance: Provenance, zone: Zone?,
    format: String?, options: [String: String], content: Content
  ) {
    self.sequence = sequence
    self.digest = digest
    self.size = size
    self.provenance = provenance
    self.zone = zone
    self.format = format
    self.options = options
    self.content = content
  }

  /// All bytes at once, for formats that have to be read whole.
  public func bytes() throws -> Data {
    switch content {
    case .memory(let data): return data
    case .file(let path): return try Data(contentsOf: URL(fileURLWithPath: path))
    }
  }

  /// Hands the bytes over in pieces of at most `size`, for formats that stream.
  ///
  /// `body` returns false to stop. The pointer is valid during the call only.
  public func withChunks(
    of size: Int = 1 << 18, _ body: (UnsafeRawBufferPointer) throws -> Bool
  ) throws {
    switch content {
    case .memory(let data):
      var at = data.startIndex
      while at < data.endIndex {
        let end = min(at + size, data.endIndex)
        if try !data[at..<end].withUnsafeBytes(body) { return }
        at = end
      }
    case .file(let path):
      guard let file = fopen(path, "rb") else { throw CocoaError(.fileReadNoSuchFile) }
      defer { fclose(file) }
      setvbuf(file, nil, _IONBF, 0)
      let buffer = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
      defer { buffer.deallocate() }
      while true {
        let n = fread(buffer, 1, size, file)
        if n == 0 { break }
        if try !body(UnsafeRawBufferPointer(start: buffer, count: n)) { return }
      }
      if ferror(file) != 0 { throw CocoaError(.fileReadUnknown) }
    }
  }

  /// Calls `body` with a function that fills a buffer with the next bytes and returns how many,
  /// 0 at the end: for parsers that ask for their input. It is valid inside `body` only.
  ///
  /// - Parameter range: the bytes wanted; an end after the item's own is taken as that.
  public func withReader<Result>(
    _ range: Range<Int> = 0..<Int.max,
    _ body: (_ read: @escaping (UnsafeMutableRawBufferPointer) throws -> Int) throws -> Result
  ) throws -> Result {
    var left = range.count
    switch content {
    case .memory(let data):
      var at = min(data.startIndex + range.lowerBound, data.endIndex)
      return try body { buffer in
        let end = min(at + min(buffer.count, left), data.endIndex)
        left -= end - at
        let count = data[at..<end].copyBytes(to: buffer)
        at = end
        return count
      }
    case .file(let path):
      guard let file = fopen(path, "rb") else { throw CocoaError(.fileReadNoSuchFile) }
      defer { fclose(file) }
      setvbuf(file, nil, _IONBF, 0)
      if range.lowerBound > 0 { fseek(file, range.lowerBound, SEEK_SET) }
      return try body { buffer in
        let count = fread(buffer.baseAddress, 1, min(buffer.count, left), file)
        left -= count
        if count == 0, ferror(file) != 0 { throw CocoaError(.fileReadUnknown) }
        return count
      }
    }
  }

  /// The first bytes, to tell the format by content.
  public func head(_ count: Int = 4096) throws -> [UInt8] {
    var head: [UInt8] = []
    try withChunks(of: count) { chunk in
      head.append(contentsOf: chunk.prefix(count - head.count))
      return head.count < count
    }
    return head
  }

  /// How messages and records name this item: `evidence/9f3c…`, first twelve digits.
  public var label: String { "evidence/\(digest.short)" }

  /// `evidence/9f3c…#L41`.
  public func at(_ place: String) -> String { place.isEmpty ? label : "\(label)#\(place)" }
}

extension EvidenceItem {
  /// The time that the evidence speaks about as people stated it: in the source's configuration, or
  /// in the file's name. What a command or server answered speaks about the moment it was asked.
  public var statedTime: Instant? {
    if let time = provenance.effectiveAt ?? dateInName(provenance.name, zone: zone) { return time }
    return provenance.transport == "file" ? nil : provenance.collectedAt
  }
}

/// The first ISO date in a file name: `users-2026-07-05.csv` speaks about 5 July 2026.
public func dateInName(_ name: String, zone: Zone?) -> Instant? {
  guard
    let match = name.firstMatch(
      of: /(?:^|[^0-9])([12][09][0-9]{2}-[01][0-9]-[0-3][0-9])(?:[^0-9]|$)/),
    let time = WrittenTime(iso: match.1)
  else { return nil }
  return (zone ?? .utc).instant(time)
}
