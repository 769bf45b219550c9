import VouchModel

/// What a TLS scanner found at one endpoint. A name may stand for several addresses and serve
/// several certificates; the endpoint is as good as the worst of them.
struct TLSEndpoint {
  /// `host:port`.
  let name: String
  let place: String
  /// Whether each protocol version is accepted; nil: the scanner tried and could not tell.
  private(set) var versions: [String: Bool?] = [:]
  private(set) var notBefore: Instant?
  private(set) var notAfter: Instant?
  private(set) var issuer: String?

  init(name: String, place: String) {
    self.name = name
    self.place = place
  }

  /// All versions, oldest first, as the column `tls_versions` writes them.
  static let known = ["0.2", "0.3", "1.0", "1.1", "1.2", "1.3"]

  mutating func take(_ version: String, isAccepted: Bool?) {
    guard let before = versions[version] else {
      versions[version] = .some(isAccepted)
      return
    }
    if before == true || isAccepted == true {
      versions[version] = .some(true)
    } else if isAccepted == nil {
      versions[version] = .some(nil)
    }
  }

  mutating func take(notBefore time: Instant?) {
    notBefore = [notBefore, time].compactMap { $0 }.max()
  }

  /// The issuer shown is that of the certificate that ends first.
  mutating func take(notAfter time: Instant?, issuer name: String?) {
    if issuer == nil { issuer = name }
    guard let time else { return }
    if let notAfter, notAfter <= time { return }
    notAfter = time
    issuer = name ?? issuer
  }

  mutating func take(issuer name: String?) { issuer = issuer ?? name }

  /// Versions that nobody tried: the scan was narrowed, or an older scanner does not know them.
  var untold: [String] {
    Self.known.filter { version in versions[version].map { $0 == nil } ?? true }
  }

  /// `tls_versions` only when every version was tried: an untried one could be the weak one.
  var record: Record {
    var record = Record(.certificate, place: place)
    record["endpoint"] = .text(name)
    record["not_before"] = .instant(notBefore)
    record["not_after"] = .instant(notAfter)
    if untold.isEmpty {
      record["tls_versions"] = .list(Self.known.filter { versions[$0] == .some(true) })
    }
    record["issuer"] = .text(issuer)
    return record
  }
}

extension Diagnostic {
  static func versionsUntold(
    _ format: String, _ endpoint: TLSEndpoint, at place: String
  ) -> Diagnostic {
    Diagnostic(
      "\(format).versions-untold", .warning, at: place,
      "not every protocol version was tried at \(endpoint.name): "
        + endpoint.untold.joined(separator: ", "),
      why: "a version that was not tried may be the one that is too old, so none is reported",
      fix: "scan again with all protocol tests")
  }
}
