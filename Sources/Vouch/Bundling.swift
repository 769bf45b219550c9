import CLinux
import Foundation
import GRDB
import VouchControls
import VouchModel
import VouchPackages
import VouchStore

extension Workspace {
  /// What `vouch bundle` is asked to do beside writing the package.
  public struct BundleOptions: Sendable {
    public var output: String?
    /// Key for `ssh-keygen -Y sign`; nil: not signed.
    public var signingKey: String?
    public var schemas: String?
    /// Address of a time-stamping authority (RFC 3161); nil: no time stamp.
    public var timestampURL: String?
    /// Certificates that the stamp has to lead to, PEM; nil: those that the machine trusts.
    public var timestampCertificates: String?

    public init(output: String? = nil, signingKey: String? = nil, schemas: String? = nil) {
      self.output = output
      self.signingKey = signingKey
      self.schemas = schemas
    }
  }

  /// A redacted copy that was written beside its full package.
  public struct Redacted: Sendable {
    public let folder: String
    public let archive: String
    public let tagManifest: Digest
    /// Values that were replaced, and the places in which they stood.
    public let values: Int
    public let places: Int
    /// The file with the salt, which stays with management.
    public let saltFile: String
  }

  /// Writes a redacted copy of a package beside it, by the policy in a file.
  ///
  /// - Parameter key: signs the copy; nil: not signed.
  public static func redact(
    _ package: String, policy: String, key: String? = nil
  ) throws -> Redacted {
    let output = (package as NSString).deletingLastPathComponent
    let copy = try RedactedCopy(
      of: package, policy: try RedactionPolicy(path: policy), output: output)
    let sealing = Sealing(key: key)
    let written = try copy.write(to: output) { manifest in
      sealing.isEmpty ? [] : try sealing.seal(manifest).files
    }
    return Redacted(
      folder: written.folder, archive: written.archive, tagManifest: written.tagManifest,
      values: written.values, places: written.places, saltFile: written.saltFile)
  }

  /// Prints a package's pages as one PDF beside it; gives the PDF's path.
  public static func print(_ package: String) throws -> String { try Printing.print(package) }

  /// Throws ``Refusal`` when nothing is installed that could print.
  public static func requirePrinter() throws { try Printing.require() }

  /// A package that was written, and what names it for sending by another way.
  public struct Bundled: Sendable {
    public let receipt: PackageReceipt
    public let assessment: Assessment
    /// What looks like a secret in the evidence and was let through.
    public let warnings: [Diagnostic]
    /// `SHA256:…` of the key that signed; nil: not signed.
    public let fingerprint: String?
    /// The time in the stamp over the tag manifest; nil: not stamped.
    public let stampedAt: Instant?
  }

  /// Writes the package of a period: folder and zip.
  public func bundle(
    period: Period, asOf: Instant?, options: BundleOptions = BundleOptions(),
    progress: @escaping (WorkProgress) -> Void = { _ in }
  ) throws -> Bundled {
    if !configuration.placeholders.isEmpty { throw Refusal(.data, configuration.placeholders) }
    // Each of glibc's arenas keeps what its threads once needed; two lower the peak by a fifth.
    mallopt(M_ARENA_MAX, 2)
    let output = options.output ?? path + "/output"
    try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
    var receipt: PackageReceipt?
    var warnings: [Diagnostic] = []
    var said: Assessment?
    let sealing = Sealing(
      key: options.signingKey,
      authority: options.timestampURL.map {
        TimestampAuthority(url: $0, certificates: options.timestampCertificates)
      })
    let sealed = Sealed()
    let seal: @Sendable ([UInt8]) throws -> [PackageFile] = { manifest in
      sealed.keep(try sealing.seal(manifest))
    }
    let shelf = PopulationShelf(workspace: path)
    let assessment = try assessForPackage(
      period: period, asOf: asOf, shelf: shelf, progress: progress
    ) {
      judged, evaluator, records, store, redaction in
      let patching = Ahead { try patchMaterial(records, judged) }
      let copies = Dictionary(
        (redaction?.copies ?? []).map { ($0.packed, $0.path) },
        uniquingKeysWith: { first, _ in first })
      let place: @Sendable (Digest) -> String = { [folder = store.folder] digest in
        copies[digest] ?? "\(folder)/objects/\(digest.hex.prefix(2))/\(digest.hex)"
      }
      let search = try searchForSecrets(
        judged.evidence, path: { place($0.digest) }, progress: progress)
      warnings = search.warnings + (redaction?.diagnostics(judged.evidence) ?? [])
      let assessment = judged.saying(warnings)
      said = assessment
      let rows = search.declared + (redaction?.rows(judged.evidence) ?? [])
      progress(.stage("records"))
      let exported = path + "/.vouch/package-\(getpid()).sqlite"
      defer { try? FileManager.default.removeItem(atPath: exported) }
      try? FileManager.default.removeItem(atPath: exported)
      try records.export(to: exported)
      let input = PackageInput(
        assessment: assessment, check: CheckJSON.bytes(assessment),
        evidencePath: { place($0.digest) }, ledger: store.folder + "/ledger.jsonl",
        records: exported,
        controlsSQL: try evaluator.reperformScript(assessment.conclusions),
        expectedCSV: ReperformScript.expected(assessment.conclusions),
        files: packagedFiles(), population: { shelf.take($0.control.id) },
        toolVersion: VouchVersion.number, rulesDigest: templates.rulesDigest,
        pages: SOC2Pages(
          templates: templates, language: configuration.language, requests: try requests()),
        schemas: options.schemas ?? configuration.schemas,
        seal: sealing.isEmpty ? nil : seal, isSigned: sealing.key != nil,
        isStamped: sealing.authority != nil,
        patching: try patching.value(),
        declarations: rows.isEmpty
          ? [] : [PackageFile(path: SecretDeclaration.path, text: SecretDeclaration.text(rows))])
      receipt = try PackageWriter.write(input, to: output) { step in
        progress(
          .stage(
            step.total > 0 ? "\(step.stage) \(step.done * 100 / max(1, step.total)) %" : step.stage)
        )
      }
    }
    guard let receipt else {
      throw Refusal(
        .io,
        Diagnostic(
          "bundle.none", .error, at: output, "the package was not written",
          why: "nothing half made is left behind", fix: "run it again; what stands above says why"))
    }
    return Bundled(
      receipt: receipt, assessment: said ?? assessment, warnings: warnings,
      fingerprint: sealed.facts.fingerprint, stampedAt: sealed.facts.stampedAt)
  }

  /// As ``assess``; when secrets are to be redacted and there are some, from copies without them
  /// and records of their own.
  private func assessForPackage(
    period: Period, asOf: Instant?, shelf: PopulationShelf, progress: (WorkProgress) -> Void,
    _ body: (Assessment, Evaluator, RecordsDatabase, EvidenceStore, SecretRedaction?) throws -> Void
  ) throws -> Assessment {
    guard configuration.secrets.policy == .redact else {
      return try assess(
        period: period, asOf: asOf, shelf: shelf, progress: progress
      ) {
        try body($0, $1, $2, $3, nil)
      }
    }
    let lock = try WorkspaceLock(workspace: path)
    defer { withExtendedLifetime(lock) {} }
    let store = try EvidenceStore(workspace: path)
    progress(.stage("secrets"))
    let redaction = try SecretRedaction(store, policy: configuration.secrets)
    guard let redaction else {
      return try assess(
        period: period, asOf: asOf, store: store, records: try openRecords(),
        shelf: shelf, progress: progress
      ) { try body($0, $1, $2, $3, nil) }
    }
    let scratch = try ScratchFolder()
    let records = try RecordsDatabase(
      path: scratch.path + "/records.sqlite", readers: Workspace.readers)
    return try withExtendedLifetime(scratch) {
      try assess(
        period: period, asOf: asOf, store: store, records: records, paths: redaction.paths,
        standing: redaction.standing, shelf: shelf, progress: progress
      ) { try body($0, $1, $2, $3, redaction) }
    }
  }

  /// What management should look at again before the package goes out, beside what the records say.
  public static func advice(on assessment: Assessment) -> [Diagnostic] {
    WordingLint.advice(on: assessment)
  }

  /// The auditor's request list, when the configuration names one.
  private func requests() throws -> [AuditRequest] {
    if configuration.requests.isEmpty { return [] }
    let file = "\(path)/\(configuration.requests)"
    guard let data = FileManager.default.contents(atPath: file) else {
      throw Refusal(
        .noInput,
        Diagnostic(
          "bundle.requests", .error, at: "vouch.yaml",
          "the request list '\(configuration.requests)' is not there",
          fix: "correct 'requests:' or take it out"))
    }
    return try AuditRequest.list(
      csv: String(decoding: data, as: UTF8.self), path: configuration.requests)
  }

  /// Configuration and rules in force, by their path in the workspace.
  private func packagedFiles() -> [PackageFile] {
    var files = [PackageFile(path: "vouch.yaml", text: configuration.text)]
    for (name, text) in templates.files.sorted(by: { $0.key < $1.key })
    where !["demo/", "init/", "sources/", "packages/public/"].contains(where: name.hasPrefix) {
      files.append(PackageFile(path: "templates/\(name)", text: text))
    }
    return files
  }
}
