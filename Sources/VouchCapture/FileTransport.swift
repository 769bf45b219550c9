import Foundation
import VouchModel

/// Finds the files of a `file:` source.
enum FileTransport {
  static func capture(
    _ source: Source, patterns: [String], _ context: CaptureContext,
    _ deliver: (Captured) throws -> Void
  ) throws {
    var paths: Set<String> = []
    for pattern in patterns {
      let found = expand(pattern, in: context.workspace)
      paths.formUnion(found)
    }
    let query = patterns.joined(separator: " ")
    if paths.isEmpty {
      try deliver(
        .failure(
          "no file matches \(query)",
          context.provenance(source, "file", endpoint: query, name: "", query: query)))
      return
    }
    for path in paths.sorted() {
      let full = path.hasPrefix("/") ? path : "\(context.workspace)/\(path)"
      let provenance = context.provenance(
        source, "file", endpoint: path, name: (path as NSString).lastPathComponent, query: query)
      try deliver(.file(path: full, provenance))
      if Archives.isArchive(path) { try open(full, provenance, deliver) }
    }
  }

  /// The members of an archive, each as evidence of its own that names the archive.
  private static func open(
    _ path: String, _ archive: Provenance, _ deliver: (Captured) throws -> Void
  ) throws {
    do {
      try Archives.members(of: path) { name, file in
        var provenance = archive
        provenance.name = (name as NSString).lastPathComponent
        provenance.endpoint = "\(archive.endpoint)!\(name)"
        try deliver(.file(path: file, provenance))
      }
    } catch let problem as ArchiveProblem {
      try deliver(.failure("the archive \(archive.name) \(problem.text)", archive))
    }
  }

  /// Paths of the files that match; a pattern that names a folder means everything in it.
  static func expand(_ pattern: String, in workspace: String) -> [String] {
    let isAbsolute = pattern.hasPrefix("/")
    let full = isAbsolute ? pattern : "\(workspace)/\(pattern)"
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: full, isDirectory: &isFolder), isFolder.boolValue {
      return expand(pattern + "/*", in: workspace)
    }
    var result = glob_t()
    defer { globfree(&result) }
    guard glob(full, GLOB_BRACE, nil, &result) == 0 else { return [] }
    var paths: [String] = []
    for i in 0..<Int(result.gl_pathc) {
      guard let pointer = result.gl_pathv[i] else { continue }
      let path = String(cString: pointer)
      var status = stat()
      guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
        !(path as NSString).lastPathComponent.hasPrefix("."),
        (path as NSString).lastPathComponent != "README.md"
      else { continue }
      paths.append(isAbsolute ? path : String(path.dropFirst(workspace.count + 1)))
    }
    return paths
  }
}

/// Carries out a source's transport.
public enum Capture {
  /// How many files, of how many bytes, a `file:` source is about to give; nil where nobody knows
  /// before asking.
  public static func expected(_ source: Source, in workspace: String) -> (files: Int, bytes: Int)? {
    guard case .file(let patterns) = source.transport else { return nil }
    let paths = Set(patterns.flatMap { FileTransport.expand($0, in: workspace) })
    let bytes = paths.reduce(0) { sum, path in
      var status = stat()
      let full = path.hasPrefix("/") ? path : "\(workspace)/\(path)"
      return sum + (stat(full, &status) == 0 ? Int(status.st_size) : 0)
    }
    return (paths.count, bytes)
  }

  /// Delivers everything the source gives, in a stable order. A failure is delivered too.
  public static func run(
    _ source: Source, _ context: CaptureContext, deliver: (Captured) throws -> Void
  ) throws {
    switch source.transport {
    case .file(let patterns):
      try FileTransport.capture(source, patterns: patterns, context, deliver)
    case .command(let command):
      try CommandTransport.capture(source, command, context, deliver)
    case .http(let request):
      try HTTPTransport(source: source, request: request, context: context).capture(deliver)
    }
  }
}
