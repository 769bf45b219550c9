import Foundation

/// A package as a folder.
struct FolderPackage: PackageContents {
  let name: String
  let form = Verification.Form.folder
  private(set) var files: [BagPath: Int] = [:]
  private(set) var refused: [Finding] = []
  private let root: String

  /// Deeper folders than this are refused; a package has five levels.
  private static let depthLimit = 40

  /// Lists everything below `root`. Links are never followed.
  init(_ root: String) throws(ReadFault) {
    guard let resolved = realpath(root, nil) else {
      throw ReadFault(id: "unreadable", text: systemError())
    }
    defer { free(resolved) }
    self.root = String(cString: resolved)
    name = String(self.root.split(separator: "/").last ?? "/")
    try list("", depth: 0)
  }

  func open(_ path: BagPath) throws -> any ByteStream {
    FileStream(try OpenFile("\(root)/\(path.text)"))
  }

  func place(of path: BagPath) -> String? { "\(root)/\(path.text)" }

  private mutating func list(_ folder: String, depth: Int) throws(ReadFault) {
    guard let directory = opendir(folder.isEmpty ? root : "\(root)/\(folder)") else {
      let text = systemError()
      if folder.isEmpty { throw ReadFault(id: "unreadable", text: text) }
      refuse("unreadable", folder, "the folder cannot be read: \(text)")
      return
    }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let bytes = nameBytes(entry)
      if bytes == [0x2E] || bytes == [0x2E, 0x2E] { continue }
      let name = String(decoding: bytes, as: UTF8.self)
      let path = folder.isEmpty ? name : "\(folder)/\(name)"
      guard name.utf8.elementsEqual(bytes) else {
        refuse("encoding", path, "the name is no UTF-8")
        continue
      }
      try add(path, depth: depth)
    }
  }

  private mutating func add(_ path: String, depth: Int) throws(ReadFault) {
    var status = stat()
    guard lstat("\(root)/\(path)", &status) == 0 else {
      refuse("unreadable", path, "cannot be read: \(systemError())")
      return
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: files[BagPath(path)] = Int(status.st_size)
    case S_IFDIR where depth >= Self.depthLimit: refuse("depth", path, "folders nest too deep")
    case S_IFDIR: try list(path, depth: depth + 1)
    case S_IFLNK: refuse("link", path, "is a symbolic link; a package has plain files only")
    default: refuse("special", path, "is neither a file nor a folder")
    }
  }

  private mutating func refuse(_ id: String, _ path: String, _ text: String) {
    refused.append(
      Finding(id: "names.\(id)", file: path, text: text, expected: nil, actual: nil))
  }
}

private func nameBytes(_ entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
  withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
}
