import VouchModel

/// One line of the custody ledger: an item that was preserved, or a source that failed.
///
/// The ledger is JSON Lines with a hash chain: `prev` is the SHA-256 of the line before, without
/// its line feed. Whoever changes, drops or reorders a line breaks every line after it.
public struct LedgerEntry: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    case preserved(digest: Digest, size: Int)
    /// The source gave nothing; what it said.
    case failed(error: String)
  }

  /// 1-based, without holes.
  public let sequence: Int
  public let previous: Digest
  public let kind: Kind
  public let provenance: Provenance

  /// The line as it stands in the ledger, without line feed. Its keys keep one order, so that
  /// the same entry is always the same bytes.
  public var line: String {
    var parts = [
      "\"seq\":\(sequence)", "\"prev\":\"\(previous.hex)\"",
    ]
    switch kind {
    case .preserved(let digest, let size):
      parts += ["\"kind\":\"preserved\"", "\"sha256\":\"\(digest.hex)\"", "\"size\":\(size)"]
    case .failed(let error):
      parts += ["\"kind\":\"failed\"", "\"error\":\(JSONText.quoted(error))"]
    }
    func put(_ key: String, _ value: String) {
      parts.append("\"\(key)\":\(JSONText.quoted(value))")
    }
    let p = provenance
    put("source", p.source)
    put("transport", p.transport)
    put("endpoint", p.endpoint)
    put("name", p.name)
    put("query", p.query)
    let parameters = p.parameters.sorted { $0.key < $1.key }
      .map { "\(JSONText.quoted($0.key)):\(JSONText.quoted($0.value))" }
    parts.append("\"parameters\":{\(parameters.joined(separator: ","))}")
    put("operator", p.operator)
    put("host", p.host)
    put("collector", p.collector)
    put("collected_at", p.collectedAt.iso8601)
    if let received = p.receivedAt { put("received_at", received.iso8601) }
    if let total = p.reportedTotal { parts.append("\"reported_total\":\(total)") }
    if let page = p.page {
      parts += ["\"page\":\(page)", "\"last_page\":\(p.isLastPage)"]
    }
    if let listing = p.listing { put("listing", listing) }
    if let partial = p.partial { put("partial", partial) }
    if let effective = p.effectiveAt { put("effective_at", effective.iso8601) }
    return "{\(parts.joined(separator: ","))}"
  }

  /// Reads a ledger line; nil when it is not one.
  public init?(line: some Collection<UInt8>) {
    guard let json = try? JSON.parse(line), let sequence = json["seq"].integer,
      let previous = json["prev"].string.flatMap({ Digest(hex: $0) }),
      let source = json["source"].string, let collected = json["collected_at"].instant
    else { return nil }
    switch json["kind"].string {
    case "preserved":
      guard let digest = json["sha256"].string.flatMap({ Digest(hex: $0) }),
        let size = json["size"].integer
      else { return nil }
      kind = .preserved(digest: digest, size: size)
    case "failed": kind = .failed(error: json["error"].string ?? "")
    default: return nil
    }
    self.sequence = sequence
    self.previous = previous
    var parameters: [String: String] = [:]
    for (key, value) in json["parameters"].object ?? [] { parameters[key] = value.string ?? "" }
    provenance = Provenance(
      source: source, transport: json["transport"].string ?? "",
      endpoint: json["endpoint"].string ?? "", name: json["name"].string ?? "",
      query: json["query"].string ?? "", parameters: parameters,
      operator: json["operator"].string ?? "", host: json["host"].string ?? "",
      collector: json["collector"].string ?? "", collectedAt: collected,
      receivedAt: json["received_at"].instant, reportedTotal: json["reported_total"].integer,
      page: json["page"].integer, isLastPage: json["last_page"].flag ?? true,
      listing: json["listing"].string, partial: json["partial"].string,
      effectiveAt: json["effective_at"].instant)
  }

  /// The entry as if a redacted copy had been preserved, when one stands for its bytes.
  public func standing(_ copies: [Digest: (digest: Digest, size: Int)]) -> LedgerEntry {
    guard case .preserved(let digest, _) = kind, let copy = copies[digest] else { return self }
    return LedgerEntry(
      sequence: sequence, previous: previous,
      kind: .preserved(digest: copy.digest, size: copy.size), provenance: provenance)
  }

  init(sequence: Int, previous: Digest, kind: Kind, provenance: Provenance) {
    self.sequence = sequence
    self.previous = previous
    self.kind = kind
    self.provenance = provenance
  }
}
