import VouchModel

/// What the checks look at: the files, what the one pass over them gave, and the documents that
/// several of them need.
struct Context: Sendable {
  let package: any PackageContents
  let facts: [BagPath: FileFacts]
  let options: VerifyOptions
  let check: CheckDocument?
  /// The check of `data/check.json` itself.
  let checkResult: Check
  let ledger: Ledger?
  /// The labels of `bag-info.txt`; the following are from there, nil where it does not say.
  let info: BagInfo?
  let payloadOctets: Int?
  let ledgerEntries: Int?
  let ledgerHead: Digest?
  let asOf: Instant?
  /// The digest of the full package's tag manifest, of which this is a redacted copy; nil: it is
  /// none.
  let redactedFrom: String?
  /// Files of evidence whose secrets were replaced, as the package declares.
  let redactions: Redactions
  /// Digests of the full package's files, in a redacted copy.
  let fullDigests: [BagPath: Digest]

  init(
    _ package: any PackageContents, facts: [BagPath: FileFacts], options: VerifyOptions,
    check: (CheckDocument?, Check)? = nil
  ) {
    self.package = package
    self.facts = facts
    self.options = options
    (self.check, checkResult) = check ?? CheckDocument.read(package)
    // Faults of these two are reported by their own checks, which read them again.
    var unused = Check("", "")
    let declared =
      package.has(PackageLayout.secrets)
      ? package.bytes(PackageLayout.secrets, limit: 64 << 20, for: &unused) : nil
    let redactions = Redactions(declared ?? [])
    self.redactions = redactions
    ledger = package.bytes(PackageLayout.ledger, limit: 1 << 30, for: &unused).map {
      Ledger($0).standing(redactions)
    }
    info = package.bytes(PackageLayout.bagInfo, limit: 1 << 20, for: &unused).map {
      BagInfo($0, file: PackageLayout.bagInfo, check: &unused)
    }
    payloadOctets = info?["Payload-Oxum"].flatMap {
      $0.split(separator: ".").first.flatMap { Int($0) }
    }
    ledgerEntries = info?["Vouch-Ledger-Entries"].flatMap { Int($0) }
    ledgerHead = info?["Vouch-Ledger-Head"].flatMap { Digest(hex: $0) }
    asOf = info?["Vouch-As-Of"].flatMap { WrittenTime(iso: $0)?.instant }
    redactedFrom = info?["Vouch-Redacted-From"]
    let manifest = BagPath("data/redaction/manifest-sha256.txt")
    fullDigests =
      redactedFrom == nil
      ? [:]
      : package.bytes(manifest, limit: 256 << 20, for: &unused).map {
        Manifest($0, file: manifest, check: &unused).digests
      } ?? [:]
  }

  /// A whole file of moderate size; what is in the way becomes a finding of the check.
  func bytes(_ path: BagPath, limit: Int = 256 << 20, for check: inout Check) -> [UInt8]? {
    package.bytes(path, limit: limit, for: &check)
  }
}

extension PackageContents {
  func bytes(_ path: BagPath, limit: Int, for check: inout Check) -> [UInt8]? {
    guard has(path) else {
      check.find("missing", path, "is missing")
      return nil
    }
    do {
      if let bytes = try bytes(path, limit: limit) { return bytes }
      check.find("size", path, "is longer than \(limit) bytes")
    } catch {
      check.find("unreadable", path, (error as? ReadFault)?.text ?? "cannot be read")
    }
    return nil
  }
}
