import Foundation
import Testing
import VouchTestSupport
import VouchVerify

/// Packages changed at random, by accident or by somebody who can write manifests: verifying them
/// ends, soon, and never calls one valid whose content is another.
@Suite(.serialized) struct PackageMutationTests {
  /// Files of the package, by path.
  private static func files(_ sample: Sample) -> [(name: String, bytes: Data)] {
    Reader.files(URL(fileURLWithPath: sample.root)).filter {
      var isFolder: ObjCBool = false
      let isThere = FileManager.default.fileExists(
        atPath: sample.place($0.name), isDirectory: &isFolder)
      return isThere && !isFolder.boolValue
    }
  }

  @Test func noChangedFileIsCalledValid() async {
    let note = CurrentCase()
    await #expect(processExitsWith: .success, "\(note.lastWords)") { [path = note.path as String] in
      let corpus = PackageMutationTests.files(try Sample())
      #expect(corpus.count > 20)
      var reader = Reader("package", corpus: corpus)
      reader.seconds = 4
      let originals = Dictionary(corpus.map { ($0.name, $0.bytes) }, uniquingKeysWith: { $1 })
      let faults = reader.run(CurrentCase(path)) { name, bytes in
        do {
          let sample = try Sample()
          try sample.write(name, [UInt8](bytes))
          let isValid = try sample.verify().isValid
          return isValid && bytes != originals[name] ? "is called valid" : nil
        } catch {
          return "\(error)"
        }
      }
      #expect(faults == [])
    }
    note.tell()
  }

  /// Manifests and signature fit the change, so every reader behind them gets to see it.
  @Test func noChangedFileThatWasSealedAgainStopsTheVerification() async {
    let note = CurrentCase()
    await #expect(processExitsWith: .success, "\(note.lastWords)") { [path = note.path as String] in
      let corpus = PackageMutationTests.files(try Sample()).filter {
        $0.name.hasPrefix("data/") || $0.name == "START-HERE.html"
      }
      var reader = Reader("sealed", corpus: corpus)
      reader.seconds = 5
      let faults = reader.run(CurrentCase(path)) { name, bytes in
        do {
          let sample = try Sample()
          try sample.write(name, [UInt8](bytes))
          try sample.seal()
          _ = try sample.verify().table
          return nil
        } catch {
          return "\(error)"
        }
      }
      #expect(faults == [])
    }
    note.tell()
  }

  @Test func noChangedZipIsCalledValidUnlessItsContentIsTheSame() async {
    let note = CurrentCase()
    await #expect(processExitsWith: .success, "\(note.lastWords)") { [path = note.path as String] in
      let sample = try Sample()
      var forge = try ZipForge(sample)
      for index in forge.members.indices where index.isMultiple(of: 2) {
        try forge.members[index].deflate()
      }
      var reader = Reader("zip", corpus: [("package.zip", Data(forge.bytes()))])
      reader.seconds = 4
      let original = sample.root
      let faults = reader.run(CurrentCase(path)) { _, bytes in
        do {
          let folder = try TemporaryFolder()
          let path = "\(folder.path)/package.zip"
          try bytes.write(to: URL(fileURLWithPath: path))
          let isValid = try PackageVerifier.verify(path, options: Sample.options).isValid
          guard isValid else { return nil }
          try Shell.run(["unzip", "-qq", "-o", path, "-d", folder.path])
          try Shell.run(["diff", "-r", original, "\(folder.path)/\(Sample.name)"])
          return nil
        } catch {
          return "\(error)"
        }
      }
      #expect(faults == [])
      withExtendedLifetime(sample) {}
    }
    note.tell()
  }
}
