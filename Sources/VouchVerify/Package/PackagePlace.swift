import Foundation
import VouchModel

/// What stands at a path that somebody calls a package.
///
/// Something that has nothing of a package is one mistake, told once, and not a package that
/// lacks each of its files.
enum PackagePlace {
  case folder
  /// A zip by its name or its first bytes; it may still be damaged.
  case zip

  init(_ path: String) throws(Refusal) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw Refusal(.noInput, .noPackage(path, "there is nothing here"))
    }
    if isFolder.boolValue {
      try Self.check(folder: path)
      self = .folder
      return
    }
    let start = FileHandle(forReadingAtPath: path).flatMap { try? $0.read(upToCount: 2) }
    guard path.lowercased().hasSuffix(".zip") || start.map({ Array($0) == [0x50, 0x4B] }) ?? true
    else { throw Refusal(.noInput, .noPackage(path, "the file is no .zip")) }
    self = .zip
  }

  /// A zip of something else; asked once its directory is read.
  static func check(_ zip: ZipPackage, at path: String) throws(Refusal) {
    if zip.files.isEmpty || marks.contains(where: { zip.has($0) }) { return }
    throw Refusal(.noInput, .noPackage(path, "the .zip holds other files, \(named)"))
  }

  /// One of them is left in anything that has ever been a package.
  private static let marks =
    PackageLayout.tagFiles + PackageLayout.seals + [PackageLayout.check, PackageLayout.ledger]

  private static let named = "and neither bagit.txt nor a manifest"

  private static func check(folder path: String) throws(Refusal) {
    func isThere(_ name: String) -> Bool {
      FileManager.default.fileExists(atPath: "\(path)/\(name)")
    }
    if marks.contains(where: { isThere($0.text) }) { return }
    // A folder that cannot be listed is told so by who reads it.
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else { return }
    let inside = names.sorted().first { name in
      isThere("\(name)/\(PackageLayout.bagit.text)") || isPackageArchive("\(path)/\(name)")
    }
    throw Refusal(
      .noInput,
      .noPackage(
        path, names.isEmpty ? "the folder is empty" : "the folder holds other files, \(named)",
        inside: inside.map { "\(path)/\($0)".replacing("//", with: "/") }))
  }

  private static func isPackageArchive(_ path: String) -> Bool {
    guard path.hasSuffix(".zip"), let file = try? OpenFile(path, following: true),
      let zip = try? ZipPackage(file, limits: ZipLimits())
    else { return false }
    return zip.has(PackageLayout.bagit)
  }
}

extension Diagnostic {
  fileprivate static func noPackage(
    _ path: String, _ what: String, inside: String? = nil
  ) -> Diagnostic {
    Diagnostic(
      "verify.no-package", .error, at: path, "\(what): this is no package",
      why: "a package is the folder that 'vouch bundle' made, or the same as a .zip",
      fix: inside.map { "did you mean \($0)?" } ?? "give the package's folder or its .zip")
  }
}
