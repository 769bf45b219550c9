// swift-tools-version: 6.2
import PackageDescription

// Evidence flows one way: collect, preserve, normalise, test, report, verify. One target a
// stage; siblings never import each other, all import the vocabulary in VouchModel.
let package = Package(
  name: "vouch",
  products: [
    .executable(name: "vouch", targets: ["VouchCLI"]),
    .library(name: "Vouch", targets: ["Vouch"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // System libraries, found with pkg-config; the Makefile installs what is missing.
    .systemLibrary(
      name: "CLibxml2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
    .systemLibrary(
      name: "CLibcrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
    .systemLibrary(
      name: "CXlsxWriter", pkgConfig: "xlsxwriter", providers: [.apt(["libxlsxwriter-dev"])]),
    .systemLibrary(
      name: "CSQLiteSetup", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CLinux"),

    .target(name: "VouchModel", dependencies: ["CLibcrypto"]),
    .target(
      name: "VouchCapture",
      dependencies: [
        "VouchModel", "CArchive", "CLinux",
      ]),
    .target(
      name: "VouchStore",
      dependencies: [
        "VouchModel", "CSQLiteSetup",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      resources: [
        .embedInCode("Derivation.sql"), .embedInCode("Findings.sql"),
        .embedInCode("Reconciliation.sql"), .embedInCode("Changes.sql"),
      ]),
    .target(
      name: "VouchCollectors",
      dependencies: ["VouchModel", "CLibxml2", .product(name: "Yams", package: "Yams")],
      plugins: ["RegisterCollectors"]),
    .target(
      name: "VouchControls",
      dependencies: [
        "VouchModel",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
        .product(name: "Yams", package: "Yams"),
      ]),
    .target(
      name: "VouchPackages",
      dependencies: [
        "VouchModel", "CLibxml2", "CLibcrypto", "CZlib", "CXlsxWriter", "CLinux",
        .product(name: "Yams", package: "Yams"),
        .product(name: "Mustache", package: "swift-mustache"),
      ]),
    .target(
      name: "VouchVerify",
      dependencies: [
        "VouchModel", "CLibxml2", "CLibcrypto", "CZlib",
        .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    .target(name: "VouchDemo", dependencies: ["VouchModel"]),
    .target(
      name: "Vouch",
      dependencies: [
        "VouchModel", "VouchCapture", "VouchStore", "VouchCollectors", "VouchControls",
        "VouchPackages", "VouchVerify", "VouchDemo", "CLinux",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Yams", package: "Yams"),
      ],
      plugins: ["EmbedTemplates"]),
    .executableTarget(
      name: "VouchCLI",
      dependencies: [
        "Vouch", "VouchModel", "VouchCapture", "VouchControls", "VouchCollectors", "VouchPackages",
        "VouchStore", "VouchVerify",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    // Adding a source is adding a file: the plugin writes the list of collectors.
    .executableTarget(name: "RegistryTool"),
    .plugin(
      name: "RegisterCollectors", capability: .buildTool(), dependencies: ["RegistryTool"]),

    // An installed vouch works in an empty folder: the plugin embeds templates/.
    .executableTarget(name: "EmbedTool"),
    .plugin(name: "EmbedTemplates", capability: .buildTool(), dependencies: ["EmbedTool"]),

    // What the tests of several targets need: a time-stamping authority of their own, changed files.
    .target(
      name: "VouchTestSupport", dependencies: ["VouchModel"], path: "Tests/VouchTestSupport"),

    .testTarget(name: "VouchModelTests", dependencies: ["VouchModel"]),
    .testTarget(
      name: "VouchCaptureTests",
      dependencies: ["VouchCapture", "VouchModel", "VouchTestSupport"]),
    .testTarget(
      name: "VouchCollectorsTests",
      dependencies: ["VouchCollectors", "VouchModel", "VouchTestSupport"]),
    .testTarget(
      name: "VouchStoreTests",
      dependencies: [
        "VouchStore", "VouchModel", .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    .testTarget(
      name: "VouchControlsTests",
      dependencies: [
        "VouchControls", "VouchModel", "VouchTestSupport",
        .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Yams", package: "Yams"),
      ]),
    .testTarget(
      name: "VouchPackagesTests",
      dependencies: ["VouchPackages", "VouchModel", "VouchTestSupport"]),
    .testTarget(
      name: "VouchVerifyTests", dependencies: ["VouchVerify", "VouchModel", "VouchTestSupport"]),
    // Runs the program itself, so it is built before.
    .testTarget(name: "VouchCrashTests", dependencies: ["VouchModel"]),
    .testTarget(
      name: "VouchTests",
      dependencies: [
        "Vouch", "VouchModel", "VouchCapture", "VouchStore", "VouchCollectors", "VouchControls",
        "VouchPackages", "VouchVerify", "VouchDemo", "VouchTestSupport",
        .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    // Programs of others, run by the tests: each test is skipped where its program is not there.
    .testTarget(name: "VouchPeerTests", dependencies: ["Vouch", "VouchModel"]),
  ],
  swiftLanguageModes: [.v6]
)
