import Foundation
import Synchronization
import VouchModel

/// What a verification may ask besides what the package itself holds.
public struct VerifyOptions: Sendable {
  /// File of allowed signers, as `ssh-keygen -Y verify -f` takes it. With it, a package that is
  /// not signed is not valid.
  public var signers: String?
  /// The signer it has to be; nil: any of the list.
  public var signer: String?
  /// Certificate of the time-stamping authority, PEM. With it, a package without time stamp is
  /// not valid.
  public var authority: String?
  /// Folder with NIST's OSCAL schemas (`oscal_catalog_schema.xsd` and its siblings).
  public var schemas: String?
  /// Files that are read at the same time.
  public var workers = 2
  public var zip = ZipLimits()

  public init() {}
}

/// Checks a package without anything of the program that wrote it.
public enum PackageVerifier {
  /// Verifies a package, a folder or a zip. Nothing is written, nothing is unpacked to disk but
  /// the database of a zip, which SQLite can only read there.
  ///
  /// Throws ``Refusal`` when there is nothing to verify at the path; whatever is wrong with what
  /// is there is a finding.
  ///
  /// - Parameters:
  ///   - signers: as ``VerifyOptions/signers``.
  ///   - progress: called from several threads while bytes are read.
  public static func verify(
    _ path: String, signers: String? = nil, options: VerifyOptions = VerifyOptions(),
    progress: @escaping @Sendable (VerifyProgress) -> Void = { _ in }
  ) throws -> Verification {
    var options = options
    if let signers { options.signers = signers }
    try requireFiles(options)
    do {
      switch try PackagePlace(path) {
      case .folder: return verify(try FolderPackage(path), options, progress)
      case .zip:
        let zip = try ZipPackage(try OpenFile(path, following: true), limits: options.zip)
        try PackagePlace.check(zip, at: path)
        return verify(zip, options, progress)
      }
    } catch let refusal as ZipRefusal {
      return Verification(refusal, path: path)
    } catch let fault as ReadFault {
      throw Refusal(.io, .unreadable(path, fault.text))
    }
  }

  private static func verify(
    _ package: some PackageContents, _ options: VerifyOptions,
    _ progress: @escaping @Sendable (VerifyProgress) -> Void
  ) -> Verification {
    let survey = Survey(package: package, workers: options.workers, progress: progress)
    let beside = Beside(package, options)
    let facts = survey.run(beside: beside.parts)
    let ((records, evidence), xml, figures) = beside.results
    let context = Context(package, facts: facts, options: options, check: figures.document)
    let (timestamp, time) = TimestampCheck.run(context)
    var checks = [
      NamesCheck.run(package), BagCheck.declaration(context), BagCheck.layout(context),
      BagCheck.info(context), ManifestCheck.payload(context), ManifestCheck.tags(context),
      SignatureCheck.run(context, time: time), timestamp, LedgerCheck.run(context),
      context.checkResult, PagesCheck.run(context), FiguresCheck.run(context),
      WorkpapersCheck.run(context, deviations: figures.deviations), figures.expected, records,
      xml.wellFormed,
      OSCALCheck.run(context, xml.documents), OSCALJSONCheck.run(context, xml.documents),
      xml.oscal, xml.packageSchema,
      PackageDocumentCheck.run(context, xml.package, records: evidence),
    ]
    if context.redactedFrom != nil {
      checks = checks.map { $0.id.hasPrefix("oscal") ? $0.leftOut() : $0 }
      checks.append(RedactionCheck.run(context))
    }
    if package.form == .zip { checks.insert(ZipCheck.run(context), at: 0) }
    return Verification(
      package: package.name, form: package.form, files: package.files.count,
      bytes: package.files.values.reduce(0, +), checks: checks.map { $0.sorted() })
  }

  private static func requireFiles(_ options: VerifyOptions) throws {
    for path in [options.signers, options.authority, options.schemas].compactMap({ $0 })
    where !FileManager.default.fileExists(atPath: path) {
      throw Refusal(.noInput, .noFile(path))
    }
  }
}

/// The checks that need nothing of the pass over all files, and so are made beside it.
private struct Beside: Sendable {
  typealias Records = (Check, [RecordsCheck.Evidence])
  /// What hangs on `data/check.json`.
  struct Figures: Sendable {
    let document: (CheckDocument?, Check)
    let deviations: [Finding]
    let expected: Check
  }

  private let records: Once<Records>
  private let xml: Once<XMLCheck.Results>
  private let figures: Once<Figures>

  init(_ package: any PackageContents, _ options: VerifyOptions) {
    records = Once { RecordsCheck.run(package) }
    xml = Once { XMLCheck.run(package, schemas: options.schemas) }
    figures = Once {
      let read = CheckDocument.read(package)
      return Figures(
        document: read, deviations: read.0.map { WorkpapersCheck.deviations($0, package) } ?? [],
        expected: ExpectedCheck.run(read.0, package))
    }
  }

  /// The longest first.
  var parts: [@Sendable () -> Void] { [records.make, xml.make, figures.make] }

  var results: (Records, XMLCheck.Results, Figures) { (records.value, xml.value, figures.value) }

  /// Something that is made at one time, and asked for at a later one.
  private final class Once<Value: Sendable>: Sendable {
    private let body: @Sendable () -> Value
    private let made = Mutex<Value?>(nil)

    init(_ body: @escaping @Sendable () -> Value) { self.body = body }

    @Sendable func make() {
      let value = body()
      made.withLock { $0 = value }
    }

    var value: Value { made.withLock { $0 } ?? body() }
  }
}

extension PackageVerifier {
  /// Opens a package, folder or zip, for something other than verifying it.
  static func opened<Result>(
    _ path: String, _ body: (any PackageContents) throws -> Result
  ) throws -> Result {
    do {
      switch try PackagePlace(path) {
      case .folder: return try body(try FolderPackage(path))
      case .zip:
        let zip = try ZipPackage(try OpenFile(path, following: true), limits: ZipLimits())
        try PackagePlace.check(zip, at: path)
        return try body(zip)
      }
    } catch let refusal as ZipRefusal {
      throw Refusal(
        .data, Diagnostic("package.zip", .error, at: path, "the zip is refused: \(refusal)"))
    } catch let fault as ReadFault {
      throw Refusal(.io, .unreadable(path, fault.text))
    }
  }
}

extension Verification {
  /// Of a zip that is not read, because it is not certain what is in it.
  fileprivate init(_ refusal: ZipRefusal, path: String) {
    var check = ZipCheck.check
    check.find(
      refusal.id, refusal.file, refusal.text, expected: refusal.expected, actual: refusal.actual)
    let rest = Check("package", "The package is what its manifests say")
      .skipping("the zip is not safe to read, so nothing in it was looked at")
    self.init(
      package: URL(fileURLWithPath: path).lastPathComponent, form: .zip, files: 0, bytes: 0,
      checks: [check, rest])
  }
}

extension Check {
  /// Of documents that a redacted copy does not have.
  fileprivate func leftOut() -> Check {
    Check(id, title).skipping("a redacted copy: the OSCAL documents are not in it")
  }
}

/// The zip around a package.
enum ZipCheck {
  static let check = Check("zip", "The zip can be read in one way only, and its bytes are whole")

  /// Structure was settled when the zip was opened; this is about the members' bytes.
  static func run(_ context: Context) -> Check {
    var check = check
    for (path, facts) in context.facts {
      guard let fault = facts.fault else { continue }
      check.find(fault.id, path, fault.text, expected: fault.expected, actual: fault.actual)
    }
    check.note = "\(context.facts.count) members"
    return check
  }
}

extension Diagnostic {
  fileprivate static func noFile(_ path: String) -> Diagnostic {
    Diagnostic(
      "verify.no-file", .error, at: path, "there is no such file",
      fix: "correct the name behind --signers, --authority or --schemas")
  }

  fileprivate static func unreadable(_ path: String, _ text: String) -> Diagnostic {
    Diagnostic(
      "verify.unreadable", .error, at: path, "cannot be read: \(text)",
      fix: "check that you may read it, and copy the package again if a disk or a download failed")
  }
}
