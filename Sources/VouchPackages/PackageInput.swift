import VouchModel

/// Everything a package is made of. Same input, same bytes.
public struct PackageInput: Sendable {
  public let assessment: Assessment
  /// `data/check.json`: what `vouch check --format json` prints for the same period.
  public let check: [UInt8]
  /// Where the preserved bytes of a row of `assessment.evidence` lie on disk.
  public let evidencePath: @Sendable (EvidenceRow) -> String
  /// Path of the custody ledger; packed byte for byte.
  public let ledger: String
  /// Path of the SQLite database of normalised records, which nobody writes to any more: the
  /// package may get a link to it.
  public let records: String
  /// The script that recomputes every verdict with stock `sqlite3`.
  public let controlsSQL: String
  /// What that script has to print.
  public let expectedCSV: String
  /// Configuration, rules and templates in force, each by its path in the workspace:
  /// `vouch.yaml`, `templates/controls/VM/VM-02.yaml`, `templates/packages/soc2/…`.
  public let files: [PackageFile]
  /// The population of a control as it was written while the control was judged; nil for one
  /// without. Asked once for each; the file goes into the package.
  public let population: @Sendable (Conclusion) throws -> WrittenPopulation?
  /// `0.1.0`.
  public let toolVersion: String
  /// Digest over all rules in force.
  public let rulesDigest: Digest
  /// Renders the HTML.
  public let pages: any PageSource
  /// Folder with the NIST schemas (`oscal_catalog_schema.xsd` …), to validate against them too.
  public let schemas: String?
  /// Signs the tag manifest: gets its bytes, gives the files to lay beside it
  /// (`tagmanifest-sha256.txt.sig`). Nil: the package is not signed.
  public let seal: (@Sendable (_ tagManifest: [UInt8]) throws -> [PackageFile])?
  /// What the seal will hold, for the first page to say how it is checked.
  public let isSigned: Bool
  public let isStamped: Bool
  /// What scanner, patch manager and live patcher say together; nil when nothing of the kind was
  /// collected.
  public let patching: PatchMaterial?
  /// Further files by their path in the package: what is said of the evidence beside it.
  public let declarations: [PackageFile]
  /// Digest of each control's population, once it is written: see ``PopulationDigest``.
  var populationDigests: [String: Digest] = [:]

  public init(
    assessment: Assessment, check: [UInt8],
    evidencePath: @escaping @Sendable (EvidenceRow) -> String, ledger: String, records: String,
    controlsSQL: String, expectedCSV: String, files: [PackageFile],
    population: @escaping @Sendable (Conclusion) throws -> WrittenPopulation?, toolVersion: String,
    rulesDigest: Digest,
    pages: any PageSource, schemas: String? = nil,
    seal: (@Sendable (_ tagManifest: [UInt8]) throws -> [PackageFile])? = nil,
    isSigned: Bool? = nil, isStamped: Bool = false, patching: PatchMaterial? = nil,
    declarations: [PackageFile] = []
  ) {
    self.declarations = declarations
    self.assessment = assessment
    self.check = check
    self.evidencePath = evidencePath
    self.ledger = ledger
    self.records = records
    self.controlsSQL = controlsSQL
    self.expectedCSV = expectedCSV
    self.files = files
    self.population = population
    self.toolVersion = toolVersion
    self.rulesDigest = rulesDigest
    self.pages = pages
    self.schemas = schemas
    self.seal = seal
    self.isSigned = isSigned ?? (seal != nil)
    self.isStamped = isStamped
    self.patching = patching.flatMap { $0.reconciliation.isEmpty ? nil : $0 }
  }

  /// The bytes of a file in force as text; nil when there is no such file.
  public func text(of path: String) -> String? {
    files.first { $0.path == path }.map { String(decoding: $0.bytes, as: UTF8.self) }
  }
}

/// A small file with its path relative to the folder it belongs to, `/` between the parts.
public struct PackageFile: Sendable, Hashable {
  public let path: String
  public let bytes: [UInt8]

  public init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
  }

  public init(path: String, text: String) {
    self.init(path: path, bytes: Array(text.utf8))
  }
}

/// Renders the HTML pages of a package.
public protocol PageSource: Sendable {
  /// Hands over every page, `START-HERE.html` and those under `data/`, one after the other, so
  /// that never more than one is in memory.
  ///
  /// - Parameter deliver: takes a page; its path is relative to the package's folder.
  func pages(of input: PackageInput, deliver: (PackageFile) throws -> Void) throws
}

/// How far the writing of a package is.
public struct PackageProgress: Sendable, Hashable {
  /// What is being written, for people: `evidence`, `workpapers`.
  public let stage: String
  /// Bytes of that stage that are done, and in all; 0 when the total is not known.
  public let done: Int
  public let total: Int
}

/// What was written. To hold one is to know that the package is complete and on disk.
public struct PackageReceipt: Sendable, Hashable {
  public let folder: String
  public let archive: String
  /// Digest of `tagmanifest-sha256.txt`: names the whole package.
  public let tagManifest: Digest
  /// False when the package says INCOMPLETE on its first page.
  public let isComplete: Bool
  public let files: Int
  /// Payload in bytes.
  public let bytes: Int
  public let pages: Int
  public let evidenceFiles: Int
  public let observations: Int
  /// Characters that XML does not allow and that were replaced by U+FFFD.
  public let replacedCharacters: Int
  /// What the reader should know about this package: replaced characters, capped sheets.
  public let notes: [Diagnostic]
}
