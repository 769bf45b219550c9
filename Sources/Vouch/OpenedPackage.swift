import Foundation
import VouchControls
import VouchModel
import VouchPackages
import VouchStore
import VouchVerify

/// A package on disk, opened to be computed again.
///
/// Nothing in it is trusted here: `vouch verify` is what tells whether it is whole.
struct OpenedPackage {
  /// The package's folder; for a zip, a temporary one.
  let folder: String
  let check: JSON
  let workspace: Workspace
  let store: EvidenceStore
  /// Files of evidence by the number of their ledger entry.
  let paths: [Int: String]
  /// Redacted copies that the package declares, by the digest of what was collected.
  let standing: [Digest: (digest: Digest, size: Int)]
  private let scratch: ScratchFolder

  var period: Period {
    get throws {
      guard let id = check["period"]["id"].string, let start = check["period"]["start"].instant,
        let end = check["period"]["end"].instant
      else { throw Self.damaged(folder, "data/check.json names no period") }
      return Period(id: id, start: start, end: end)
    }
  }

  var asOf: Instant? { check["as_of"].instant }

  /// Opens a package folder or zip.
  ///
  /// - Parameter rules: templates to judge by instead of the package's own.
  init(_ path: String, rules: Templates? = nil) throws {
    scratch = try ScratchFolder()
    folder = try Self.folder(path, scratch)
    if FileManager.default.fileExists(atPath: folder + "/data/redaction/README.txt") {
      throw Refusal(
        .data,
        Diagnostic(
          "package.redacted", .error, at: path,
          "this is a redacted copy: the raw evidence is not in it, so nothing can be computed again",
          why:
            "records and rules in it have values replaced, and give other items than the evidence",
          fix: "ask for the full package; data/redaction/README.txt says which it is"))
    }
    check = try Self.json(folder + "/data/check.json")
    let data = folder + "/data"
    guard
      let configuration = FileManager.default.contents(
        atPath: "\(folder)/\(PackageLayout.inForce("vouch.yaml"))")
    else { throw Self.damaged(folder, "data/reperform/config/vouch.yaml is missing") }
    workspace = try Workspace(
      path: scratch.path, configuration: String(decoding: configuration, as: UTF8.self),
      templates: rules ?? Self.templates(data + "/reperform/templates"))
    store = try EvidenceStore(folder: data + "/evidence")
    let declared = FileManager.default.contents(atPath: "\(folder)/\(SecretDeclaration.path)")
    standing = SecretDeclaration.standing(String(decoding: declared ?? Data(), as: UTF8.self))
    var paths: [Int: String] = [:]
    for preserved in store.entries {
      let entry = preserved.standing(standing)
      guard case .preserved(let digest, let size) = entry.kind else { continue }
      let row = EvidenceRow(
        evidence: entry.sequence, digest: digest, size: size, provenance: entry.provenance,
        format: "", effectiveAt: nil, coversFrom: nil, coversTo: nil, recordCount: 0,
        reportedTotal: nil, isComplete: true)
      paths[entry.sequence] = "\(folder)/\(PackageLayout.evidence(row))"
    }
    self.paths = paths
  }

  /// Every verdict again, from the raw evidence in the package.
  func assess(period: Period, progress: (WorkProgress) -> Void) throws -> Assessment {
    let records = try RecordsDatabase(
      path: scratch.path + "/records.sqlite", readers: Workspace.readers)
    return try workspace.assess(
      period: period, asOf: asOf, store: store, records: records, paths: paths, standing: standing,
      progress: progress, { _, _, _, _ in })
  }

  private static func folder(_ path: String, _ scratch: ScratchFolder) throws -> String {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw Refusal(
        .noInput,
        Diagnostic(
          "package.none", .error, at: path, "there is no such package",
          fix: "name the package's folder or its .zip"))
    }
    if isFolder.boolValue { return path }
    return try scratch.unpack(path)
  }

  private static func json(_ path: String) throws -> JSON {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw damaged(path, "the file is missing")
    }
    do {
      return try JSON.parse(data)
    } catch {
      throw damaged("\(path):\(error.line)", error.text)
    }
  }

  static func damaged(_ at: String, _ text: String) -> Refusal {
    Refusal(
      .data,
      Diagnostic(
        "package.damaged", .error, at: at, text,
        why: "without it the package cannot be computed again", fix: "run 'vouch verify' on it"))
  }

  private static func templates(_ folder: String) -> Templates {
    var files: [String: String] = [:]
    for case let name as String in FileManager.default.enumerator(atPath: folder) ?? .init() {
      if let data = FileManager.default.contents(atPath: "\(folder)/\(name)") {
        files[name] = String(decoding: data, as: UTF8.self)
      }
    }
    return Templates(files: files)
  }
}

/// A temporary folder that goes away with the value.
final class ScratchFolder {
  let path: String

  init() throws {
    let made = (NSTemporaryDirectory() + "vouch-XXXXXX").withCString { text -> String? in
      guard let copy = strdup(text) else { return nil }
      defer { free(copy) }
      return mkdtemp(copy).map { String(cString: $0) }
    }
    guard let made else {
      throw Refusal(
        .io,
        Diagnostic(
          "scratch.io", .error, at: NSTemporaryDirectory(), "no temporary folder can be made",
          fix: "set TMPDIR to a folder with room"))
    }
    path = made
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

extension ScratchFolder {
  /// Unpacks a package's zip here and gives its folder.
  func unpack(_ zip: String) throws -> String { try PackageVerifier.unpack(zip, into: path) }
}
