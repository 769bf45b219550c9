import Foundation
import VouchModel

extension Workspace {
  /// Makes the files of a new workspace; returns their paths.
  public static func initialise(_ folder: String) throws -> [String] {
    let root = normal(folder)
    let files: [(String, String)] = [
      ("vouch.yaml", Templates.builtIn["init/vouch.yaml"] ?? ""),
      ("evidence/inbox/README.md", Templates.builtIn["init/inbox.md"] ?? ""),
      (".gitignore", "/.vouch\n/evidence/inbox/*\n!/evidence/inbox/README.md\n/output\n"),
    ]
    if FileManager.default.fileExists(atPath: root + "/vouch.yaml") {
      throw Refusal(
        .data,
        Diagnostic(
          "init.exists", .error, at: root + "/vouch.yaml", "there is a workspace here already",
          why: "'vouch init' never changes files that exist",
          fix: "work in it, or make another folder: vouch init DIR"))
    }
    var made: [String] = []
    for (name, text) in files {
      let path = "\(root)/\(name)"
      if FileManager.default.fileExists(atPath: path) { continue }
      do {
        try FileManager.default.createDirectory(
          atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try text.write(toFile: path, atomically: true, encoding: .utf8)
      } catch {
        throw Refusal(
          .io,
          Diagnostic(
            "init.io", .error, at: path, "the file cannot be written",
            fix: "check the folder's permissions"))
      }
      made.append(path)
    }
    return made
  }
}
