import Foundation
import VouchControls
import VouchModel

/// What `vouch init` is told on its command line; what is left out stays a placeholder that
/// `vouch check` points at and `vouch bundle` refuses.
public struct Beginning: Sendable {
  public var organization: String?
  public var system: String?
  public var description: String?
  public var owner: String?
  public var zone: String?
  public var proposal: Proposal?

  public init(
    organization: String? = nil, system: String? = nil, description: String? = nil,
    owner: String? = nil, zone: String? = nil, proposal: Proposal? = nil
  ) {
    self.organization = organization
    self.system = system
    self.description = description
    self.owner = owner
    self.zone = zone
    self.proposal = proposal
  }
}

extension Workspace {
  /// Refuses when there is a workspace already.
  public static func refuseToOverwrite(_ folder: String) throws {
    let file = normal(folder) + "/vouch.yaml"
    guard FileManager.default.fileExists(atPath: file) else { return }
    throw Refusal(
      .data,
      Diagnostic(
        "init.exists", .error, at: file, "there is a workspace here already",
        why: "'vouch init' never changes files that exist",
        fix: "work in it, or make another folder: vouch init DIR"))
  }

  /// Makes the files of a new workspace; returns their paths.
  public static func initialise(
    _ folder: String, _ beginning: Beginning = Beginning()
  ) throws -> [String] {
    let root = normal(folder)
    try refuseToOverwrite(root)
    let library = ControlLibrary(templates: try Templates(workspace: root).below(""))
    let files: [(String, String)] = [
      ("vouch.yaml", NewConfiguration(beginning).text),
      ("vouch.schema.json", FileSchemas.configuration(library)),
      ("evidence/inbox/README.md", Templates.builtIn["init/inbox.md"] ?? ""),
      (".gitignore", "/.vouch\n/evidence/inbox/*\n!/evidence/inbox/README.md\n/output\n"),
    ]
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
