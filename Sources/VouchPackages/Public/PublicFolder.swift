import VouchModel

/// Writes a folder of small files so that nobody ever sees half of it: aside, fsynced, renamed.
public enum PublicFolder {
  /// Puts folders and files below `output` under their names, each in one step, in this order.
  ///
  /// - Parameters:
  ///   - folders: name of a folder and the files in it.
  ///   - files: files beside the folders; they are in place before the folders are.
  public static func write(
    _ folders: [(name: String, files: [PackageFile])], files: [PackageFile] = [],
    in output: String
  ) throws {
    let staging = try Staging(for: "public", in: output)
    defer { staging.remove() }
    for file in files { try write(file, in: staging.folder) }
    for (name, contents) in folders {
      let folder = "\(staging.folder)/\(name)"
      try staging.makeFolder(folder)
      for file in contents { try write(file, in: folder) }
    }
    try staging.publish(files.map(\.path) + folders.map(\.name))
  }

  private static func write(_ file: PackageFile, in folder: String) throws {
    let out = try OutputFile("\(folder)/\(file.path)")
    try file.bytes.withUnsafeBytes { try out.write($0) }
  }
}
