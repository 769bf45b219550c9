import Foundation
import VouchModel

/// The files of a folder as a `file:` source would find them: for looking at exports before there
/// is a workspace.
public enum ExportFolder {
  /// One file, or one member of an archive.
  public struct Export: Sendable {
    /// Below the folder, with `/`.
    public let path: String
    /// Name inside the archive; nil for a file that is none.
    public let member: String?
    /// Where its bytes are while the visit lasts; nil when they cannot be had.
    public let file: String?
    /// Why they cannot be had.
    public let problem: String?
  }

  /// Paths of the files below a folder, sorted; hidden ones and `README.md` are left out, as
  /// `vouch collect` leaves them out. Nil when there is no such folder.
  public static func paths(below folder: String) -> [String]? {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder),
      isFolder.boolValue, let enumerator = FileManager.default.enumerator(atPath: folder)
    else { return nil }
    var paths: [String] = []
    for case let path as String in enumerator {
      let name = (path as NSString).lastPathComponent
      if name.hasPrefix(".") {
        enumerator.skipDescendants()
        continue
      }
      var status = stat()
      guard name != "README.md", stat("\(folder)/\(path)", &status) == 0,
        status.st_mode & S_IFMT == S_IFREG
      else { continue }
      paths.append(path)
    }
    return paths.sorted()
  }

  /// Hands over one file of the folder, or the members of an archive one after another.
  public static func visit(
    _ path: String, in folder: String, _ body: (Export) throws -> Void
  ) throws {
    let full = "\(folder)/\(path)"
    guard isArchive(path) else {
      let isReadable = FileManager.default.isReadableFile(atPath: full)
      try body(
        Export(
          path: path, member: nil, file: isReadable ? full : nil,
          problem: isReadable ? nil : "cannot be read"))
      return
    }
    do {
      try Archives.members(of: full) { name, file in
        try body(Export(path: path, member: name, file: file, problem: nil))
      }
    } catch let problem as ArchiveProblem {
      try body(Export(path: path, member: nil, file: nil, problem: problem.text))
    }
  }

  /// Whether `vouch collect` opens a file of this name.
  public static func isArchive(_ name: String) -> Bool { Archives.isArchive(name) }
}
