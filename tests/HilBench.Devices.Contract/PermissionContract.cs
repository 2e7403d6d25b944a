using HilBench.Pcie;

namespace HilBench.Devices.Contract;

/// <summary>Atomics, execute, privileged, Global and U: docs/exerciser.md and ats-rules B.3.</summary>
public abstract class PermissionContract : LifeCycleContract
{
    private const TranslationFlags ReadWrite = TranslationFlags.R | TranslationFlags.W;

    private static readonly Pasid _one = new(1);
    private static readonly Pasid _two = new(2);

    [TestCase(false, 5u, 12u)]
    [TestCase(true, 7u, 8u)]
    public void An_atomic_returns_the_old_value_and_changes_it(bool isCompareAndSwap, uint seed, uint after)
    {
        var host = Host().EnableAll();
        host.Map(Va, Pa);
        host.WriteMemory(Pa + 8, 7);

        var result = host.Do(2, Operation.Atomic(Va + 8) with { Seed = seed, IsCompareAndSwap = isCompareAndSwap });

        var request = host.Translated.Single().View;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(request.Kind, Is.EqualTo(isCompareAndSwap ? TlpKind.Cas : TlpKind.FetchAdd));
            Assert.That((request.Address, request.Tag), Is.EqualTo((Pa + 8, (byte)14)));
            Assert.That((result.Error, result.DataLow, result.Dws), Is.EqualTo((0, 7u, 1)));
            Assert.That(host.ReadMemory(Pa + 8), Is.EqualTo(after));
        }
    }

    [Test]
    public void An_atomic_needs_R_and_W_and_its_enable_bit()
    {
        var host = Host().EnableAll();
        host.Map(Va, Pa, flags: TranslationFlags.R);
        var withoutWrite = host.Do(0, Operation.Atomic(Va)).Error;
        host.WriteConfiguration(0x68, 0);
        var disabled = host.Do(0, Operation.Atomic(Va)).Error;

        Assert.That((withoutWrite, disabled, host.Translated.Count()), Is.EqualTo((1, 5, 0)));
    }

    [Test]
    public void The_completion_waits_for_the_answer_of_an_atomic()
    {
        var host = Host().EnableAll();
        host.Map(Va, Pa);
        host.HoldsReads = true;
        host.Start(0, Operation.Atomic(Va));
        host.Run(200);
        host.Invalidate(AtsRange.Page(Va), 1);
        host.Run(500);
        var early = host.InvalidateCompletions.Count();
        host.HoldsReads = false;
        host.Release();
        host.Run(200);

        Assert.That((early, host.InvalidateCompletions.Count()), Is.EqualTo((0, 1)));
    }

    [Test]
    public void Execute_is_asked_for_and_needs_Exe()
    {
        var host = Host().EnableAll();
        host.Map(Va, Pa, pasid: _one, flags: TranslationFlags.R);
        var execute = Operation.Read(Va, 4) with { Pasid = _one, IsExecute = true };
        host.Do(0, Operation.Read(Va, 4) with { Pasid = _one });
        var denied = host.Do(0, execute).Error;
        host.Map(Va, Pa, pasid: _one, flags: TranslationFlags.R | TranslationFlags.Exe);
        var granted = host.Do(0, execute).Error;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((denied, granted), Is.EqualTo((1, 0)));
            Assert.That(
                host.TranslationRequests.Select(t => t.View.Prefix.ExecuteRequested), Is.EqualTo([false, true, true]));
        }
    }

    [Test]
    public void Privileged_and_user_translations_are_told_apart()
    {
        var host = Host().EnableAll();
        host.Map(Va, Pa, pasid: _one);
        var user = Operation.Read(Va, 4) with { Pasid = _one };
        host.Do(0, user);
        host.Map(Va, 0x7000, pasid: _one);
        host.Do(0, user with { IsPrivileged = true });
        host.Do(0, user);
        host.InvalidateAndWait(AtsRange.Page(Va), 0, _one);
        host.Do(0, user);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                host.TranslationRequests.Select(t => t.View.Prefix.PrivilegedRequested),
                Is.EqualTo([false, true, false]));
            Assert.That(host.Translated.Select(t => t.Address), Is.EqualTo([Pa, 0x7000UL, Pa, 0x7000UL]));
        }
    }

    [Test]
    public void Execute_and_privileged_need_their_enable_bits_and_a_PASID()
    {
        var host = Host().EnableAll();
        host.Map(Va, Pa);
        host.Map(Va, Pa, pasid: _one, flags: ReadWrite | TranslationFlags.Exe);
        host.WriteConfiguration(0x114, PasidCapability.Enable);
        var read = Operation.Read(Va, 4);
        var execute = host.Do(0, read with { Pasid = _one, IsExecute = true }).Error;
        var privileged = host.Do(0, read with { Pasid = _one, IsPrivileged = true }).Error;
        var withoutPasid = host.Do(0, read with { IsExecute = true, IsPrivileged = true }).Error;

        Assert.That((execute, privileged, withoutPasid), Is.EqualTo((5, 5, 0)));
    }

    [Test]
    public void A_Global_translation_serves_and_is_lost_under_every_PASID()
    {
        var host = Host().EnableAll();
        var read = Operation.Read(Va, 4);
        host.Map(Va, Pa, pasid: _one, flags: ReadWrite | TranslationFlags.Global);
        host.Map(Va, 0x7000);
        host.Do(0, read with { Pasid = _one });
        host.Do(4, read with { Pasid = _two });
        host.Do(0, read);
        var asked = host.TranslationRequests.Count();
        host.InvalidateAndWait(AtsRange.Page(Va), 0, new Pasid(3));
        host.Map(Va, 0x6000, pasid: _one);
        host.Do(0, read with { Pasid = _one });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(asked, Is.EqualTo(2));
            Assert.That(host.Translated.Select(t => t.Address), Is.EqualTo([Pa, Pa, 0x7000UL, 0x6000UL]));
        }
    }

    [Test]
    public void A_Global_answer_that_another_PASIDs_invalidation_overtook_is_asked_for_again()
    {
        var host = Host().EnableAll();
        var read = Operation.Read(Va, 4);
        host.Map(Va, Pa, pasid: _one, flags: ReadWrite | TranslationFlags.Global);
        host.HoldsTranslations = true;
        host.Start(0, read with { Pasid = _one });
        host.Run(200);
        host.InvalidateAndWait(AtsRange.Page(Va), 0, _two);
        host.HoldsTranslations = false;
        host.Release();
        host.Finish(0);

        var asked = host.TranslationRequests.Count();
        var other = host.Do(0, read with { Pasid = _two }).Error;

        Assert.That((asked, other, host.TranslationRequests.Count()), Is.EqualTo((2, 0, 2)));
    }

    [Test]
    public void U_makes_each_TLP_ask_and_go_untranslated()
    {
        var host = Host().EnableAll();
        host.Map(Va, Pa, pasid: _one, flags: ReadWrite | TranslationFlags.U);

        var result = host.Do(0, Operation.Write(Va, 256) with { Pasid = _one });

        var writes = host.Log.Where(t => t.Kind == TlpKind.MemoryWrite).ToArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That((result.Error, host.TranslationRequests.Count()), Is.EqualTo((0, 2)));
            Assert.That(writes.Select(t => t.Address), Is.EqualTo([Va, Va + 128]));
            Assert.That(writes.Select(t => t.View.AddressType), Is.All.EqualTo(AddressType.Untranslated));
            Assert.That(writes.Select(t => t.View.PrefixOrNull?.Pasid), Is.All.EqualTo(_one));
        }
    }
}
