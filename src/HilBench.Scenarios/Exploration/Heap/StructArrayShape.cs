namespace HilBench.Scenarios;

/// <summary>Arrays of values with references in them, such as the entries of a dictionary.</summary>
internal sealed class StructArrayShape<T> : HeapShape
{
    private readonly SameElement<T> _isSame = FieldCode.MakeSame<T>();
    private readonly VisitElement<T> _visit = FieldCode.MakeVisit<T>();
    private readonly HashElement<T> _hash = FieldCode.MakeHash<T>();

    public override bool IsMutable => true;

    public override object Clone(object target) => ((T[])target).Clone();

    public override bool IsSame(object target, object shadow)
    {
        var now = (T[])target;
        var then = (T[])shadow;
        for (var i = 0; i < now.Length; i++)
        {
            if (!_isSame(ref now[i], ref then[i]))
            {
                return false;
            }
        }

        return true;
    }

    public override void Copy(object shadow, object target) => ((T[])shadow).AsSpan().CopyTo((T[])target);

    public override void Visit(object target, IHeapVisitor visitor)
    {
        foreach (ref var element in ((T[])target).AsSpan())
        {
            _visit(ref element, visitor);
        }
    }

    public override void Hash(object target, HeapHasher hasher)
    {
        foreach (ref var element in ((T[])target).AsSpan())
        {
            _hash(ref element, hasher);
        }
    }
}
