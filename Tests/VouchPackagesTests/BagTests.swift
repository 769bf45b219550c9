import Foundation
import Testing
import VouchModel

@testable import VouchPackages

@Suite struct BagTests {
  /// Text of any length that deflate can shorten and that never repeats exactly.
  private func text(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed
    var out: [UInt8] = []
    out.reserveCapacity(count + 16)
    while out.count < count {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      out.append(contentsOf: "row \(state >> 44) ".utf8)
    }
    return Array(out.prefix(count))
  }

  private func write(in folder: URL, workers: Int = 2) throws -> Digest {
    let bag = try BagWriter(
      in: folder.path, name: "x-soc2-2026", pool: DeflatePool(workers: workers))
    try bag.add("START-HERE.html", text: "start")
    try bag.add("data/empty.txt", [])
    let big = folder.appending(path: "big")
    try Data(text(3_000_000)).write(to: big)
    try bag.copy("data/evidence/a/big.csv", from: big.path)
    try Data(text(DeflateChunk.size * 2, seed: 2)).write(to: big)
    try bag.copy("data/evidence/a/even.csv", from: big.path)
    let stream = try bag.stream("data/streamed.csv")
    for piece in 0..<40 { try stream.write(text(40_000, seed: UInt64(piece))) }
    try stream.close()
    try bag.add("data/already.gz", [0x1F, 0x8B, 8, 0] + text(1000))
    return try bag.finish(info: [("Bagging-Date", "2026-10-01"), ("Empty", "")])
  }

  @Test func standardToolsFindTheBagWhole() throws {
    try Sample.withFolder { folder in
      _ = try write(in: folder)
      let bag = folder.appending(path: "x-soc2-2026")
      for manifest in ["manifest-sha256.txt", "tagmanifest-sha256.txt"] {
        if let check = try Tool.run("sha256sum", ["-c", "--strict", manifest], in: bag) {
          #expect(check.status == 0, "\(check.output)")
        }
      }
      if let check = try Tool.python(
        module: "bagit", "import bagit; bagit.Bag('x-soc2-2026').validate()", in: folder)
      {
        #expect(check.status == 0, "\(check.output)")
      }
    }
  }

  @Test func standardToolsFindTheSameFilesInTheZip() throws {
    try Sample.withFolder { folder in
      _ = try write(in: folder)
      if let test = try Tool.run("unzip", ["-tq", "x-soc2-2026.zip"], in: folder) {
        #expect(test.status == 0, "\(test.output)")
      }
      let out = folder.appending(path: "out")
      if let unpack = try Tool.run(
        "unzip", ["-q", "x-soc2-2026.zip", "-d", out.path], in: folder)
      {
        #expect(unpack.status == 0)
        let diff = try Tool.run("diff", ["-r", "x-soc2-2026", "out/x-soc2-2026"], in: folder)
        #expect(diff?.status == 0, "\(diff?.output ?? "")")
      }
      let names = """
        import zipfile
        z = zipfile.ZipFile('x-soc2-2026.zip'); n = z.namelist()
        assert z.testzip() is None and n == sorted(n), n
        assert all(i.date_time == (1980, 1, 1, 0, 0, 0) for i in z.infolist())
        assert all(i.external_attr >> 16 == 0o100644 for i in z.infolist())
        assert z.getinfo('x-soc2-2026/data/already.gz').compress_type == 0
        assert z.getinfo('x-soc2-2026/data/streamed.csv').compress_type == 8
        """
      if let check = try Tool.python(module: "zipfile", names, in: folder) {
        #expect(check.status == 0, "\(check.output)")
      }
    }
  }

  @Test func givesTheSameBytesWithAnyNumberOfThreads() throws {
    var zips: [Data] = []
    var digests: [Digest] = []
    for workers in [1, 2, 5] {
      try Sample.withFolder { folder in
        digests.append(try write(in: folder, workers: workers))
        zips.append(try Data(contentsOf: folder.appending(path: "x-soc2-2026.zip")))
      }
    }
    #expect(zips[0] == zips[1] && zips[1] == zips[2])
    #expect(Set(digests).count == 1)
  }

  @Test func zipIsAsSmallAsThatOfZipAtTheSameLevel() throws {
    try Sample.withFolder { folder in
      let big = folder.appending(path: "big")
      try Data(text(8_000_000)).write(to: big)
      guard let zip = try Tool.run("zip", ["-4q", "their.zip", "big"], in: folder) else { return }
      #expect(zip.status == 0)
      let bag = try BagWriter(in: folder.path, name: "x-soc2-2026")
      try bag.copy("big", from: big.path)
      _ = try bag.finish(info: [])
      let ours = try Data(contentsOf: folder.appending(path: "x-soc2-2026.zip")).count
      let theirs = try Data(contentsOf: folder.appending(path: "their.zip")).count
      #expect(Double(ours) < 1.005 * Double(theirs) + 2000)
    }
  }

  @Test(arguments: ["../x", "/etc/x", "a//b", "a/./b", "a\nb", "", "a\\b", "data/a/.."])
  func refusesPathsThatLeaveThePackage(path: String) throws {
    try Sample.withFolder { folder in
      let bag = try BagWriter(in: folder.path, name: "x-soc2-2026")
      #expect(throws: Refusal.self) { try bag.add(path, text: "x") }
    }
  }

  @Test func refusesTwoFilesOfOnePath() throws {
    try Sample.withFolder { folder in
      let bag = try BagWriter(in: folder.path, name: "x-soc2-2026")
      try bag.add("data/a", text: "x")
      #expect(throws: Refusal.self) { try bag.add("data/a", text: "y") }
    }
  }

  @Test func refusesEvidenceThatChangedSinceItWasPreserved() throws {
    try Sample.withFolder { folder in
      let file = folder.appending(path: "evidence")
      try Data("edited".utf8).write(to: file)
      let bag = try BagWriter(in: folder.path, name: "x-soc2-2026")
      do {
        try bag.copy("data/e", from: file.path, digest: Digest.sha256("original"))
        Issue.record("the edited file was taken")
      } catch let refusal as Refusal {
        #expect(refusal.status == .data)
        #expect(refusal.diagnostics.map(\.id) == ["package.evidence-changed"])
      }
    }
  }

  /// RFC 8493, 2.1.3: `%` in a path is written as `%25`; sha256sum and bagit.py do not know it.
  @Test func encodesPercentInManifest() throws {
    try Sample.withFolder { folder in
      let bag = try BagWriter(in: folder.path, name: "x-soc2-2026")
      try bag.add("data/100%.txt", text: "percent")
      _ = try bag.finish(info: [])
      let manifest = try String(
        contentsOf: folder.appending(path: "x-soc2-2026/manifest-sha256.txt"), encoding: .utf8)
      #expect(manifest == "\(Digest.sha256("percent"))  data/100%25.txt\n")
    }
  }

  @Test func endsEachInfoValueInItsLine() throws {
    try Sample.withFolder { folder in
      let bag = try BagWriter(in: folder.path, name: "x-soc2-2026")
      try bag.add("data/a", text: "12345")
      _ = try bag.finish(info: [("Source-Organization", "Two\nLines: of it"), ("None", "")])
      let info = try String(
        contentsOf: folder.appending(path: "x-soc2-2026/bag-info.txt"), encoding: .utf8)
      #expect(info == "Source-Organization: Two Lines: of it\nPayload-Oxum: 5.1\n")
    }
  }
}
