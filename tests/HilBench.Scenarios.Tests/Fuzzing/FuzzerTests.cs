using HilBench.Checking;
using HilBench.Devices;
using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Scenarios.Tests.Fuzzing;

/// <summary>Random programs: the same seed, the same programs; a faulty device is found, the correct one is not blamed.</summary>
public sealed class FuzzerTests
{
    private static readonly DeviceLocations _locations = new("nowhere");

    [Test]
    public void The_same_seed_and_operations_do_the_same()
    {
        var first = Run("model:", seed: 3, operations: 20_000);
        var second = Run("model:", seed: 3, operations: 20_000);
        var other = Run("model:", seed: 4, operations: 20_000);

        Assert.That((second.Programs, second.Operations, second.Transactions, second.Cycles), Is.EqualTo((first.Programs, first.Operations, first.Transactions, first.Cycles)));
        Assert.That(second.Bins, Is.EqualTo(first.Bins));
        Assert.That(other.Cycles, Is.Not.EqualTo(first.Cycles));
    }

    [Test]
    public void The_correct_device_breaks_no_rule([Values(1u, 3u, 4u)] uint seed)
    {
        var result = Run("model:", seed, operations: 40_000);

        Assert.That(result.Finding?.Text, Is.Null);
        Assert.That(result.Programs, Is.GreaterThan(5));
        Assert.That(result.Meetings, Has.Count.GreaterThan(10), "invalidations met translations in many ways");
    }

    [TestCase("M15", "ATS-INV-001")]
    [TestCase("M18", "ATS-INV-010")]
    [TestCase("M42", "ATS-ICP-001")]
    public void A_race_of_the_device_is_found(string fault, string usual)
    {
        var result = Run($"model:?fault={fault}", seed: 1, operations: 200_000);

        Assert.That(result.Finding?.Rule, Does.StartWith("ATS-"), $"{usual} is what it breaks most often");
        Assert.That(result.Finding!.Result.Verdict, Is.EqualTo(Verdict.Failed));
    }

    [Test]
    public void A_fill_that_meets_an_invalidation_is_made_six_steps_or_fewer()
    {
        var result = Run("model:?fault=M19", seed: 4, operations: 1_000_000, isShrunk: true);

        Assert.That(result.Finding?.Steps, Is.InRange(2, 6), result.Finding?.Text);
        Assert.That(result.Finding!.StepsBefore, Is.GreaterThan(20));
    }

    [Test]
    public void Programs_that_showed_something_new_are_changed_and_run_again() =>
        Assert.That(Run("model:", seed: 1, operations: 30_000).Mutated, Is.Positive);

    [Test]
    public void Only_operations_that_are_wanted_are_drawn()
    {
        var drawn = FuzzOperations.Matching("munmap, file-*", KernelProfile.Default).Select(operation => operation.Id).ToList();

        Assert.That(drawn, Has.All.Match("^munmap$|^file-"));
        Assert.That(drawn, Is.SupersetOf((string[])["munmap", "file-punch"]));
    }

    [Test]
    public void An_operation_that_does_not_exist_names_the_nearest() =>
        Assert.That(() => FuzzOperations.Matching("munmpa", KernelProfile.Default), Throws.TypeOf<InputException>().With.Message.Contains("munmap"));

    [Test]
    public void Operations_that_the_kernel_lacks_are_not_drawn()
    {
        var old = FuzzOperations.Matching(filter: null, KernelProfile.Find("linux-6.1")!).Select(operation => operation.Id).ToList();
        var recent = FuzzOperations.Matching(filter: null, KernelProfile.Find("linux-6.12")!).Select(operation => operation.Id).ToList();

        Assert.That(recent.Except(old), Is.EquivalentTo((string[])["uffd-move", "pagemap-scan"]), "UFFDIO_MOVE came with 6.8, PAGEMAP_SCAN with 6.7");
        Assert.That(old.Except(recent), Is.Empty);
    }

    /// <summary>Those that random programs leave out end or stop whole processes, or set the machine up.</summary>
    [Test]
    public void Every_operation_of_the_kernel_is_drawn_but_those_that_stop_everything()
    {
        string[] leftOut = ["client-add", "client-remove", "block", "unblock", "kill", "release-memory", "oom-kill", "large-folios", "file", "exit", "unpin"];

        Assert.That(FuzzOperations.All.Select(operation => operation.Id).Concat(leftOut), Is.EquivalentTo(OperationCatalogue.All.Select(operation => operation.Id)));
    }

    private static FuzzResult Run(string device, ulong seed, long operations, bool isShrunk = false) =>
        new Fuzzer(_locations, TimeProvider.System).Run(
            new FuzzOptions { Device = device, Seed = seed, Operations = operations, IsShrunk = isShrunk }, new NoProgress(), TestContext.CurrentContext.CancellationToken);

    private sealed class NoProgress : IFuzzProgress
    {
        public void ProgramFinished(long programs, long operations, double transactionsPerSecond, int bins)
        {
        }

        public void Shrinking(int runs, int steps)
        {
        }
    }
}
